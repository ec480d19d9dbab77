"""What a user's own thumbs say, and what they say of a candidate."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np

from bot.candidates import Candidates, Floats
from bot.types import Vote

LIKED_ARTIST: Final = 2.0
DISLIKED_ARTIST: Final = 1.5


def artist_key(name: str) -> str:
    """The form in which artists are compared: tables differ in case."""
    return name.casefold()


@dataclass(frozen=True, slots=True)
class Taste:
    """One user's votes. Artists are counted under their ``artist_key``.

    A dislike counts for that track and that artist and nobody else: spread to similar artists, it
    costs more hits than it saves.
    """

    liked_tracks: frozenset[str] = frozenset()
    disliked_tracks: frozenset[str] = frozenset()
    liked_artists: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    disliked_artists: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    shown: frozenset[str] = frozenset()
    """Ids of tracks offered before."""
    shown_artists: frozenset[str] = frozenset()
    """Keys of the artists offered before."""

    @classmethod
    def from_votes(
        cls,
        votes: Iterable[Vote],
        shown: Iterable[str],
        artists_of: Callable[[str], tuple[str, ...]],
    ) -> "Taste":
        """Sums up one user's votes; of several on one track the last by time counts.

        ``artists_of`` names a track's artists, none for a track that is no longer known.
        """
        last: dict[str, Vote] = {}
        for vote in sorted(votes, key=lambda vote: vote.at):
            last[vote.track_id] = vote
        liked = frozenset(track for track, vote in last.items() if vote.value > 0)
        disliked = frozenset(last) - liked
        seen = frozenset(shown)
        return cls(
            liked_tracks=liked,
            disliked_tracks=disliked,
            liked_artists=_count(liked, artists_of),
            disliked_artists=_count(disliked, artists_of),
            shown=seen,
            shown_artists=frozenset(_count(seen, artists_of)),
        )

    def balance(self, artist: str) -> int:
        """Likes less dislikes of one artist."""
        key = artist_key(artist)
        return self.liked_artists.get(key, 0) - self.disliked_artists.get(key, 0)


NO_TASTE: Final = Taste()


def artist_scores(candidates: Candidates, taste: Taste) -> Floats:
    """What the thumbs add to each candidate's score: its best-liked artist's share, ``(n,)``.

    An artist with more likes than dislikes adds, one with more dislikes takes away; each further
    thumb counts less than the one before. A disliked artist is not outweighed by a liked guest.
    """
    members, position = np.unique(candidates.artists, return_inverse=True)
    names = (candidates.artist_names[number] for number in members)
    weights = np.array([_weight(taste.balance(name)) for name in names], dtype=np.float32)
    scores = np.zeros(len(candidates), dtype=np.float32)
    if not weights.any():
        return scores
    of_row = np.repeat(np.arange(len(candidates)), np.diff(candidates.artist_starts))
    lowest = scores.copy()
    np.maximum.at(scores, of_row, weights[position])
    np.minimum.at(lowest, of_row, weights[position])
    return np.where(lowest < 0, lowest, scores)


def _weight(balance: int) -> float:
    if balance > 0:
        return LIKED_ARTIST * (1 + 0.25 * math.log2(balance))
    if balance < 0:
        return -DISLIKED_ARTIST * (1 + 0.25 * math.log2(-balance))
    return 0.0


def _count(
    track_ids: Iterable[str], artists_of: Callable[[str], tuple[str, ...]]
) -> Mapping[str, int]:
    keys = (artist_key(name) for track in track_ids for name in artists_of(track))
    return MappingProxyType(Counter(keys))
