"""A track table as arrays: one entry for each track, in the order of its id."""

import json
import sqlite3
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.candidates import Candidates
from bot.types import Filters, Track

_QUERY = """
SELECT id, valence, energy, popularity, explicit, coalesce(year, 0), song, offered, artists, genres
FROM track ORDER BY id
"""
_CHUNK = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """``N`` tracks. About 70 bytes a track, so a million fit beside the models."""

    ids: NDArray[np.bytes_]
    """``(N,)``, ascending."""
    valence: NDArray[np.float32]
    energy: NDArray[np.float32]
    popularity: NDArray[np.float32]
    explicit: NDArray[np.bool_]
    years: NDArray[np.int16]
    """0 where the year is not known."""
    songs: NDArray[np.int64]
    offered: NDArray[np.bool_]
    genres: NDArray[np.int32]
    """The main genre's number; -1 where none is known."""
    genre_rows: Mapping[str, NDArray[np.int64]]
    """Genre -> rows that carry it, ascending."""
    artist_starts: NDArray[np.int64]
    artists: NDArray[np.int32]
    artist_names: tuple[str, ...]

    def offered_rows(self) -> NDArray[np.int64]:
        """Rows that may be suggested, ascending: of each song the most popular id.

        A clean version stays beside an explicit one, for those who allow only that.
        """
        rows = np.flatnonzero(self.offered)
        # Most popular last within (song, explicit); equal popularity is settled by the id.
        order = np.lexsort((-rows, self.popularity[rows], self.explicit[rows], self.songs[rows]))
        rows = rows[order]
        last = np.ones(len(rows), dtype=np.bool_)
        last[:-1] = (self.songs[rows][1:] != self.songs[rows][:-1]) | (
            self.explicit[rows][1:] != self.explicit[rows][:-1]
        )
        return np.sort(rows[last])

    def passing(self, filters: Filters, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Those of ``rows`` that pass the filters; ``None`` if they restrict nothing.

        A track of unknown year does not pass a restriction of years, nor one of unknown genre a
        restriction of genres.
        """
        keep: NDArray[np.bool_] | None = None
        if not filters.allow_explicit:
            keep = _both(keep, ~self.explicit[rows])
        if filters.years is not None:
            first, last = filters.years
            years = self.years[rows]
            keep = _both(keep, (years > 0) & (years >= first) & (years <= last))
        if filters.genres:
            carried = np.zeros(len(self.ids), dtype=np.bool_)
            for genre in filters.genres:
                carried[self.genre_rows.get(genre, [])] = True
            keep = _both(keep, carried[rows])
        return None if keep is None else rows[keep]

    def candidates(
        self,
        rows: NDArray[np.int64],
        distance: NDArray[np.float32],
        load: Callable[[Sequence[str]], tuple[Track, ...]],
    ) -> Candidates:
        """The rows, in the order given, as the ranking takes them."""
        starts, ends = self.artist_starts[rows], self.artist_starts[rows + 1]
        counts = ends - starts
        offsets = np.concatenate(([0], np.cumsum(counts)))
        # Row i's artists are the run starts[i]..ends[i]; one gather takes all the runs.
        positions = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], counts)
        return Candidates(
            valence=self.valence[rows],
            energy=self.energy[rows],
            distance=distance,
            popularity=self.popularity[rows],
            ids=self.ids[rows],
            songs=self.songs[rows],
            genres=self.genres[rows],
            artist_starts=offsets,
            artists=self.artists[positions],
            artist_names=self.artist_names,
            load=load,
        )


def read_columns(connection: sqlite3.Connection) -> Columns:
    """Reads the whole table, in chunks, so that a large one does not stand in memory twice."""
    chunks = []
    artists = _Vocabulary()
    genres = _Vocabulary()
    cursor = connection.execute(_QUERY)
    while rows := cursor.fetchmany(_CHUNK):
        *numbers, artist_texts, genre_texts = zip(*rows, strict=True)
        chunks.append(_arrays(numbers))
        for text in artist_texts:
            artists.add(json.loads(text))
        for text in genre_texts:
            genres.add(json.loads(text))
    columns = [
        np.concatenate(column) for column in zip(*(chunks or [_arrays([()] * 8)]), strict=True)
    ]
    ids, valence, energy, popularity, explicit, years, songs, offered = columns
    return Columns(
        ids=ids,
        valence=valence,
        energy=energy,
        popularity=popularity,
        explicit=explicit,
        years=years,
        songs=songs,
        offered=offered,
        genres=genres.firsts(),
        genre_rows=genres.rows(),
        artist_starts=artists.starts(),
        artists=artists.members(),
        artist_names=tuple(artists.names),
    )


class _Vocabulary:
    """Lists of names, one list a row, as numbers; names that differ in case alone are one."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._members = array("i")
        self._starts = array("q", [0])

    def add(self, names: Sequence[str]) -> None:
        for name in names:
            key = name.casefold()
            number = self._numbers.setdefault(key, len(self.names))
            if number == len(self.names):
                self.names.append(name)
            self._members.append(number)
        self._starts.append(len(self._members))

    def starts(self) -> NDArray[np.int64]:
        return np.array(self._starts, dtype=np.int64)

    def members(self) -> NDArray[np.int32]:
        return np.array(self._members, dtype=np.int32)

    def firsts(self) -> NDArray[np.int32]:
        """The first member of each row; -1 for an empty row."""
        starts = self.starts()
        padded = np.append(self.members(), np.int32(-1))
        return np.where(np.diff(starts) > 0, padded[starts[:-1]], np.int32(-1))

    def rows(self) -> dict[str, NDArray[np.int64]]:
        """Name -> the rows that hold it, ascending."""
        members = self.members()
        of_row = np.repeat(np.arange(len(self._starts) - 1), np.diff(self.starts()))
        order = np.argsort(members, kind="stable")
        bounds = np.searchsorted(members[order], np.arange(len(self.names) + 1))
        return {
            name: np.unique(of_row[order[bounds[number] : bounds[number + 1]]])
            for number, name in enumerate(self.names)
        }


def _arrays(columns: Sequence[Sequence[object]]) -> list[NDArray[np.generic]]:
    ids, valence, energy, popularity, explicit, years, songs, offered = columns
    return [
        np.array([str(text).encode("utf-8") for text in ids], dtype=np.bytes_),
        np.array(valence, dtype=np.float32),
        np.array(energy, dtype=np.float32),
        np.array(popularity, dtype=np.float32),
        np.array(explicit, dtype=np.bool_),
        np.array(years, dtype=np.int16),
        np.array(songs, dtype=np.int64),
        np.array(offered, dtype=np.bool_),
    ]


def _both(first: NDArray[np.bool_] | None, second: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return second if first is None else first & second
