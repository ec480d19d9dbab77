"""Scores candidates for one user, picks a few that differ, and says why each is there."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.candidates import Candidates, Floats
from bot.ranking.diversity import SAME_GENRE, diversify
from bot.ranking.explain import explain
from bot.ranking.taste import Taste, artist_scores
from bot.types import RankedTrack
from inference.fusion import Mood
from inference.target import MusicTarget

# Scores are in nats: one unit makes a track e times as likely to come before another, were the
# exploration's temperature 1. The mood is the constraint, taste and popularity the preference: a
# wide pool with a tight tolerance lets a liked artist come from further away than a stranger. On
# replayed listeners (`python -m export evaluate ranking`) that met twice as many of their artists
# as a pool of 500 with a tolerance of 0.7, and kept the same distance from the mood.
TOLERANCE: Final = 0.25
"""The ``mood_distance`` at which half a unit is lost, for a mood without doubt."""
POPULARITY: Final = 1.5
"""What a track known to everybody gains over one known to nobody."""
TEMPERATURE: Final = 0.15
"""Of the Gumbel noise that lets two stories of one mood differ."""

SMALLEST_POOL: Final = 1000


def pool_size(mood: Mood) -> int:
    """How many candidates to rerank: 1,000 for a clear mood, up to 4,000 for one in doubt."""
    return int(SMALLEST_POOL * (1 + min(3.0, 10 * mood.spread)))


def rerank(
    candidates: Candidates,
    mood: Mood,
    target: MusicTarget,
    taste: Taste,
    n: int = 5,
    *,
    rng: np.random.Generator | None = None,
) -> tuple[RankedTrack, ...]:
    """Up to ``n`` of the candidates, best first, all by different artists, each with a reason.

    Disliked tracks never come back. Tracks shown before come only after all others. The same
    ``rng`` state gives the same list; ``None`` is no exploration. Fewer than ``n`` where the
    candidates do not have as many artists.
    """
    scores = score(candidates, mood, taste)
    if rng is not None:
        scores += (TEMPERATURE * rng.gumbel(size=len(scores))).astype(np.float32)
    disliked = _holding(candidates, taste.disliked_tracks)
    shown = _holding(candidates, taste.shown)
    # Far enough down that the best track shown before comes after the worst new one.
    scores[shown] -= np.ptp(scores) + n * SAME_GENRE + 1
    picks = diversify(candidates, scores, ~disliked, n)
    picks.sort(key=lambda pick: -pick[1])
    tracks = candidates.tracks([row for row, _ in picks])
    reasons = explain(tracks, mood, target, taste)
    return tuple(
        RankedTrack(track, rank, value, reason)
        for rank, (track, (_, value), reason) in enumerate(
            zip(tracks, picks, reasons, strict=True), start=1
        )
    )


def score(candidates: Candidates, mood: Mood, taste: Taste) -> Floats:
    """Closeness to the mood, popularity and the user's own thumbs; ``(n,) float32``."""
    tolerance = np.float32(TOLERANCE + mood.spread / 2)
    closeness = -0.5 * np.square(candidates.distance / tolerance)
    popularity = np.float32(POPULARITY / 100) * candidates.popularity
    return np.asarray(closeness + popularity + artist_scores(candidates, taste), dtype=np.float32)


def _holding(candidates: Candidates, track_ids: frozenset[str]) -> NDArray[np.bool_]:
    """Candidates that are one of these tracks, or the same song under another candidate's id."""
    if not track_ids:
        return np.zeros(len(candidates), dtype=np.bool_)
    wanted = np.array([name.encode("utf-8") for name in track_ids], dtype=np.bytes_)
    held = np.isin(candidates.ids, wanted)
    return np.isin(candidates.songs, candidates.songs[held])
