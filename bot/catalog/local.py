"""The catalogue on this machine: SQLite for the words, numpy arrays for the search."""

import sqlite3
import threading
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from bot.candidates import Candidates, mood_distance
from bot.catalog.base import NO_FILTERS, CatalogInfo
from bot.catalog.builtin import read_builtin
from bot.catalog.columns import Columns, read_columns
from bot.catalog.table import TRACK_COLUMNS, catalog_errors, open_table, read_track
from bot.errors import NoTracksError
from bot.types import Filters, Track
from inference.target import MusicTarget

FILE_NAME: Final = "catalog.sqlite3"

Rows = NDArray[np.int64]


class LocalCatalog:
    """Brute force over arrays: about a millisecond for 70,000 tracks, so there is no index to tend.

    May be used from several threads.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, columns: Columns) -> None:
        self._connection = connection
        self._path = path
        self._columns = columns
        # One connection, several threads: sqlite3 allows it if they take turns.
        self._lock = threading.Lock()
        self._offered = columns.offered_rows()
        self._offered_valence = columns.valence[self._offered]
        self._offered_energy = columns.energy[self._offered]

    @classmethod
    def open(cls, data_dir: Path) -> Self:
        """Opens ``data_dir/catalog.sqlite3``; made from the built-in table at the first start.

        Raises ``CatalogError`` if the file cannot be made or read, or if a newer Storify made it.
        """
        path = data_dir / FILE_NAME
        connection = open_table(path, read_builtin())
        try:
            with catalog_errors(path):
                return cls(connection, path, read_columns(connection))
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def __len__(self) -> int:
        """How many tracks there are, offered or not."""
        return len(self._columns.ids)

    def track(self, track_id: str) -> Track | None:
        """The track under an id; ``None`` if there is none."""
        with self._lock, catalog_errors(self._path):
            row = self._connection.execute(
                f"SELECT {TRACK_COLUMNS} FROM track WHERE id = ?",  # noqa: S608 - our own constant
                (track_id,),
            ).fetchone()
        return None if row is None else read_track(row)

    def tracks(self, track_ids: Sequence[str]) -> tuple[Track, ...]:
        """The tracks under these ids, in their order; an id without a track is left out."""
        found = (self.track(track_id) for track_id in track_ids)
        return tuple(track for track in found if track is not None)

    def nearest(
        self,
        target: MusicTarget,
        count: int,
        filters: Filters = NO_FILTERS,
        exclude: Collection[str] = (),
    ) -> Candidates:
        """Up to ``count`` offered tracks by ``mood_distance``, one id for each song.

        ``exclude`` holds ids; the songs behind them are left out under every id. Languages are not
        known here, so ``filters.languages`` is not applied. Raises ``NoTracksError`` where no
        track is left.
        """
        rows, distance = self._measure(target, filters)
        songs = self._songs_of(exclude)
        # A song may be offered twice, in its explicit and in its clean version.
        wanted = min(count + 2 * len(songs), len(rows))
        nearest = _smallest(distance, wanted)
        if len(songs):
            nearest = nearest[~np.isin(self._columns.songs[rows[nearest]], songs)]
        nearest = nearest[:count]
        if not len(nearest):
            raise NoTracksError(
                "No track is left; allow more genres or years, or import more tracks."
            )
        return self._columns.candidates(rows[nearest], distance[nearest], self.tracks)

    def info(self) -> CatalogInfo:
        """What the table holds."""
        columns = self._columns
        years = columns.years[columns.years > 0]
        genres = Counter(
            {
                name: int(np.isin(self._offered, rows, assume_unique=True).sum())
                for name, rows in columns.genre_rows.items()
            }
        )
        return CatalogInfo(
            source=str(self._path),
            tracks=len(self),
            songs=len(np.unique(columns.songs)),
            offered=len(self._offered),
            artists=len(columns.artist_names),
            explicit=int(columns.explicit.sum()),
            genres=dict(genres.most_common()),
            years=(int(years.min()), int(years.max())) if len(years) else None,
        )

    def _measure(self, target: MusicTarget, filters: Filters) -> tuple[Rows, NDArray[np.float32]]:
        """The offered rows that pass the filters, and their distances from the target."""
        kept = self._columns.passing(filters, self._offered)
        if kept is None:
            distance = mood_distance(self._offered_valence, self._offered_energy, target)
            return self._offered, distance
        columns = self._columns
        return kept, mood_distance(columns.valence[kept], columns.energy[kept], target)

    def _songs_of(self, track_ids: Collection[str]) -> NDArray[np.int64]:
        """The songs behind ids; an id that is not in the catalogue has none."""
        ids = self._columns.ids
        if not track_ids or not len(ids):
            return np.empty(0, dtype=np.int64)
        wanted = np.array([name.encode("utf-8") for name in track_ids], dtype=np.bytes_)
        rows = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        return np.unique(self._columns.songs[rows[ids[rows] == wanted]])


def _smallest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Positions of the ``count`` smallest values, ascending; equal ones in their own order."""
    if count < len(values):
        chosen = np.sort(np.argpartition(values, count)[:count])
    else:
        chosen = np.arange(len(values))
    return chosen[np.argsort(values[chosen], kind="stable")]
