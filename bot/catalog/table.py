"""Tracks on disk: ``catalog.sqlite3``, its schema, and what its errors mean."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.catalog.songs import is_offered, song_id
from bot.errors import CatalogError
from bot.types import Track

SCHEMA_VERSION: Final = 1

_SCHEMA: Final = """
CREATE TABLE track (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    artists TEXT NOT NULL,              -- JSON array, as credited
    album TEXT NOT NULL,
    year INTEGER,
    genres TEXT NOT NULL,               -- JSON array, the main one first
    explicit INTEGER NOT NULL,
    popularity INTEGER NOT NULL,        -- 0 to 100
    valence REAL NOT NULL CHECK (valence BETWEEN 0 AND 1),
    energy REAL NOT NULL CHECK (energy BETWEEN 0 AND 1),
    isrc TEXT,
    duration_ms INTEGER,
    song INTEGER NOT NULL,              -- equal for two ids of one song
    offered INTEGER NOT NULL            -- 0: too short, by nobody, or a carol
) STRICT, WITHOUT ROWID
"""

# The more popular copy wins, but what was known before is not forgotten.
_UPSERT: Final = """
INSERT INTO track VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    popularity = max(popularity, excluded.popularity),
    year = coalesce(year, excluded.year),
    isrc = coalesce(isrc, excluded.isrc),
    genres = CASE genres WHEN '[]' THEN excluded.genres ELSE genres END
"""

TRACK_COLUMNS: Final = (
    "id, title, artists, valence, energy, album, year, genres, explicit, popularity, isrc"
)

_SENTENCES: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_BUSY: "is held by another process; try again in a moment",
    sqlite3.SQLITE_LOCKED: "is held by another process; try again in a moment",
    sqlite3.SQLITE_FULL: "cannot grow because the disk is full; free some space",
    sqlite3.SQLITE_READONLY: "cannot be written; make its folder writable",
    sqlite3.SQLITE_PERM: "may not be opened; check who owns it",
    sqlite3.SQLITE_AUTH: "may not be opened; check who owns it",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its folder exists and is writable",
    sqlite3.SQLITE_IOERR: "cannot be read or written; check the disk",
    sqlite3.SQLITE_CORRUPT: "is damaged; delete it, and Storify makes it anew",
    sqlite3.SQLITE_NOTADB: "is not a track table; delete it, and Storify makes it anew",
}
"""What SQLite's primary result codes mean to the person who runs Storify."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A track as a source gives it, with what only the table needs."""

    track: Track
    duration_ms: int | None = None


@contextmanager
def catalog_errors(path: Path) -> Iterator[None]:
    """Turns the exceptions of ``sqlite3`` and of the file system into ``CatalogError``."""
    try:
        yield
    except sqlite3.Error as error:
        # Errors that Python itself finds (a closed connection) carry no code.
        code = getattr(error, "sqlite_errorcode", None)
        sentence = _SENTENCES.get((code or 0) & 0xFF, f"cannot be used ({error})")
        raise CatalogError(f"The track table {path} {sentence}.") from error
    except OSError as error:
        raise CatalogError(
            f"The track table {path} cannot be made ({error.strerror}); check its folder."
        ) from error


def open_table(path: Path, initial: Iterable[TableRow]) -> sqlite3.Connection:
    """Opens the table; one that does not exist yet is made and filled with ``initial``.

    Making and filling are one transaction: of two processes that start at once the second waits,
    and after a kill half-way the next start begins again. Raises ``CatalogError``.
    """
    with catalog_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False
        )
        try:
            if _version(connection) == 0:
                _create(connection, initial)
            _refuse_newer(_version(connection), path)
        except BaseException:
            connection.close()
            raise
    return connection


def add_rows(connection: sqlite3.Connection, rows: Iterable[TableRow]) -> None:
    """Adds tracks inside the caller's transaction; an id that is there already is completed."""
    connection.executemany(_UPSERT, map(_values, rows))


def read_track(row: tuple[object, ...]) -> Track:
    """A row of ``TRACK_COLUMNS`` as a track."""
    track_id, title, artists, valence, energy, album, year, genres, explicit, popularity, isrc = row
    return Track(
        id=str(track_id),
        title=str(title),
        artists=tuple(json.loads(str(artists))),
        valence=float(str(valence)),
        energy=float(str(energy)),
        album=str(album),
        year=year if isinstance(year, int) else None,
        genres=tuple(json.loads(str(genres))),
        explicit=bool(explicit),
        popularity=int(str(popularity)),
        isrc=isrc if isinstance(isrc, str) else None,
    )


def _create(connection: sqlite3.Connection, initial: Iterable[TableRow]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have made it while this one waited for the lock.
        if _version(connection) == 0:
            connection.execute(_SCHEMA)
            add_rows(connection, initial)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _refuse_newer(version: int, path: Path) -> None:
    if version > SCHEMA_VERSION:
        raise CatalogError(
            f"The track table {path} was made by a newer Storify (format {version}, this one "
            f"reads {SCHEMA_VERSION}); update Storify or choose another data folder."
        )


def _version(connection: sqlite3.Connection) -> int:
    with closing(connection.execute("PRAGMA user_version")) as cursor:
        return int(cursor.fetchone()[0])


def _values(row: TableRow) -> tuple[object, ...]:
    track = row.track
    return (
        track.id,
        track.title,
        json.dumps(track.artists, ensure_ascii=False),
        track.album,
        track.year,
        json.dumps(track.genres, ensure_ascii=False),
        int(track.explicit),
        track.popularity,
        track.valence,
        track.energy,
        track.isrc,
        row.duration_ms,
        song_id(track.title, track.artists),
        int(is_offered(track.title, track.artists, row.duration_ms)),
    )
