"""What SQLite reports, in our words: one table from its result codes to ``bot.errors``."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from bot.errors import StoreBusyError, StoreError, StoreFullError

_BUSY: Final = (StoreBusyError, "is locked by another program; try again in a moment")
_FULL: Final = (StoreFullError, "cannot be written: the disk is full; free some space")
_DISK: Final = (StoreError, "cannot be read or written: the disk reports a failure")
_DAMAGED: Final = (StoreError, "is damaged; restore a backup, or move it away to start afresh")
_FOREIGN: Final = (StoreError, "is not a database of Storify; move the file away")
_READ_ONLY: Final = (StoreError, "may not be written; check who owns the file and its folder")
_NOT_OPENED: Final = (StoreError, "cannot be opened; check that its folder exists and is ours")
_OURS: Final = (StoreError, "was asked for something that makes no sense; please report this")

BY_CODE: Final[Mapping[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_PROTOCOL: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,  # the -shm file of WAL mode could not grow
    sqlite3.SQLITE_NOMEM: (StoreError, "ran out of memory; try again"),
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_NOLFS: _DISK,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_FORMAT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _FOREIGN,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_AUTH: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _NOT_OPENED,
}
"""Extended codes are looked up before the primary code they belong to."""

BY_CLASS: Final[Mapping[type[sqlite3.Error], tuple[type[StoreError], str]]] = {
    sqlite3.OperationalError: _DISK,
    sqlite3.DatabaseError: _DISK,
    sqlite3.DataError: _OURS,
    sqlite3.IntegrityError: _OURS,
    sqlite3.InterfaceError: _OURS,
    sqlite3.InternalError: _OURS,
    sqlite3.NotSupportedError: _OURS,
    sqlite3.ProgrammingError: _OURS,
    sqlite3.Error: _OURS,
}
"""For what has no code, because Python's module noticed it before SQLite did, or one of no use."""


def store_error(error: sqlite3.Error, subject: str = "The database") -> StoreError:
    """The error of ours that stands for ``error``; ``subject`` begins its sentence."""
    code = getattr(error, "sqlite_errorcode", None)
    found = None if code is None else BY_CODE.get(code) or BY_CODE.get(code & 0xFF)
    kind, sentence = found or BY_CLASS[type(error)]
    return kind(f"{subject} {sentence}.")


@contextmanager
def translated(subject: str = "The database") -> Iterator[None]:
    """Raise SQLite's exceptions as ours. The original stays attached, for the log."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(error, subject) from error
