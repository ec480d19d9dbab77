"""Choosing a few candidates that differ: no artist and no song twice, genres mixed."""

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.candidates import Candidates, Floats

SAME_GENRE: Final = 0.3
"""Taken off a score for each track of the same genre that is already chosen."""


def diversify(
    candidates: Candidates, scores: Floats, allowed: NDArray[np.bool_], count: int
) -> list[tuple[int, float]]:
    """Greedy maximal marginal relevance: up to ``count`` rows with their penalised scores.

    Carbonell and Goldstein (1998), where two tracks are alike by genre. The same song under another
    id, and any credited artist a second time, are out of the question rather than penalised.
    """
    chosen: list[tuple[int, float]] = []
    penalty = np.zeros(len(candidates), dtype=np.float32)
    genres: Counter[int] = Counter()
    open_rows = allowed.copy()
    while len(chosen) < count and open_rows.any():
        gain = np.where(open_rows, scores - penalty, -np.inf)
        row = int(np.argmax(gain))
        chosen.append((row, float(gain[row])))
        open_rows &= ~_alike(candidates, row)
        genre = int(candidates.genres[row])
        if genre >= 0:
            genres[genre] += 1
            penalty[candidates.genres == genre] = SAME_GENRE * genres[genre]
    return chosen


def _alike(candidates: Candidates, row: int) -> NDArray[np.bool_]:
    """Rows that may not stand beside this one, itself among them."""
    alike: NDArray[np.bool_] = candidates.songs == candidates.songs[row]
    shared = np.isin(candidates.artists, candidates.credited(row))
    alike[_rows_of(candidates)[shared]] = True
    return alike


def _rows_of(candidates: Candidates) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(candidates)), np.diff(candidates.artist_starts))
