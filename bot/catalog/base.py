"""What the bot needs of a catalogue: tracks with valence and energy, found by distance."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from bot.candidates import Candidates
from bot.types import Filters, Track
from inference.target import MusicTarget

NO_FILTERS: Final = Filters()


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """What a catalogue holds, for people."""

    source: str
    tracks: int
    songs: int
    """Distinct songs; one song may stand under several ids."""
    offered: int
    """Ids that may be suggested: one for each song, without jingles, carols and the like."""
    artists: int
    explicit: int
    genres: Mapping[str, int]
    """Offered tracks of each genre, the largest first."""
    years: tuple[int, int] | None
    """First and last year; ``None`` where no year is known."""


class Catalog(Protocol):
    """Tracks whose valence and energy are known."""

    def __len__(self) -> int:
        """How many tracks there are."""

    def track(self, track_id: str) -> Track | None:
        """The track under an id; ``None`` if there is none."""

    def nearest(
        self,
        target: MusicTarget,
        count: int,
        filters: Filters = NO_FILTERS,
        exclude: Collection[str] = (),
    ) -> Candidates:
        """Up to ``count`` tracks by distance from the target, leaving out whole songs by any id.

        Raises ``NoTracksError`` where none is left.
        """

    def info(self) -> CatalogInfo:
        """What it holds."""

    def close(self) -> None:
        """Releases what it holds open."""
