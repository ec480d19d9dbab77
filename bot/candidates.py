"""Tracks near a target, as arrays: what a catalogue hands to the ranking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.types import Track
from inference.target import MusicTarget

Floats = NDArray[np.float32]

# How far tracks of one mood lie from its middle: the pooled standard deviations within Happy, Sad,
# Calm and Energetic over 1,865 labelled tracks, which `python -m export fit-target` prints.
VALENCE_UNIT: Final = 0.20
ENERGY_UNIT: Final = 0.15


def mood_distance(valence: Floats, energy: Floats, target: MusicTarget) -> Floats:
    """Distance of each track from the target: 0 is a perfect fit, 1 what one mood's songs vary by.

    Euclidean, each axis in units of its standard deviation within one mood. Energy counts 4/3 of
    valence because it tells moods apart better. Shapes ``(n,) float32``.
    """
    along_valence = (valence - np.float32(target.valence)) * np.float32(1 / VALENCE_UNIT)
    along_energy = (energy - np.float32(target.energy)) * np.float32(1 / ENERGY_UNIT)
    # Not np.hypot, which guards against overflow and takes several times as long.
    distance: Floats = np.sqrt(along_valence * along_valence + along_energy * along_energy)
    return distance


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """``n`` tracks, nearest first. Only those that are served ever become a ``Track``."""

    valence: Floats
    """``(n,)``, 0 to 1."""
    energy: Floats
    """``(n,)``, 0 to 1."""
    distance: Floats
    """``(n,)``, ascending; see ``mood_distance``."""
    popularity: Floats
    """``(n,)``, 0 to 100."""
    ids: NDArray[np.bytes_]
    """``(n,)`` Spotify ids."""
    songs: NDArray[np.int64]
    """``(n,)``; equal for two ids of the same song."""
    genres: NDArray[np.int32]
    """``(n,)``; equal for the same main genre, -1 where none is known."""
    artist_starts: NDArray[np.int64]
    """``(n + 1,)``; row ``i`` credits ``artists[artist_starts[i]:artist_starts[i + 1]]``."""
    artists: NDArray[np.int32]
    """``(m,)`` indices into ``artist_names``."""
    artist_names: Sequence[str]
    load: Callable[[Sequence[str]], tuple[Track, ...]] = field(repr=False)
    """Fetches tracks by id, in the order asked for."""

    def __len__(self) -> int:
        """How many candidates there are."""
        return len(self.ids)

    def credited(self, row: int) -> NDArray[np.int32]:
        """Indices into ``artist_names`` of everyone credited on one row."""
        return self.artists[self.artist_starts[row] : self.artist_starts[row + 1]]

    def tracks(self, rows: Sequence[int]) -> tuple[Track, ...]:
        """The rows as tracks, in the order asked for."""
        return self.load([self.ids[row].decode("utf-8") for row in rows])
