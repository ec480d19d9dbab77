"""The schema as a list of steps. A released step is never changed; a new one follows it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import aiosqlite

from bot.errors import StoreError

Migration = Callable[[aiosqlite.Connection], Awaitable[None]]


async def _votes_and_history(connection: aiosqlite.Connection) -> None:
    await connection.execute(
        """
        CREATE TABLE vote (
            platform TEXT NOT NULL,
            user_id  TEXT NOT NULL,
            track_id TEXT NOT NULL,
            story_id TEXT NOT NULL,
            rank     INTEGER NOT NULL CHECK (rank >= 1),
            value    INTEGER NOT NULL CHECK (value IN (-1, 1)),
            at       TEXT NOT NULL,
            PRIMARY KEY (platform, user_id, track_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    await connection.execute(
        """
        CREATE TABLE story (
            number         INTEGER PRIMARY KEY AUTOINCREMENT,
            id             TEXT NOT NULL UNIQUE,
            platform       TEXT NOT NULL,
            user_id        TEXT NOT NULL,
            chat           TEXT NOT NULL,
            asked          TEXT NOT NULL,
            at             TEXT NOT NULL,
            valence        REAL NOT NULL,
            arousal        REAL NOT NULL,
            spread         REAL NOT NULL,
            label          TEXT NOT NULL,
            evidence       TEXT NOT NULL,
            target_valence REAL NOT NULL,
            target_energy  REAL NOT NULL
        ) STRICT
        """
    )
    await connection.execute("CREATE INDEX story_of_user ON story (platform, user_id, chat)")
    await connection.execute(
        """
        CREATE TABLE offer (
            story    INTEGER NOT NULL REFERENCES story (number) ON DELETE CASCADE,
            rank     INTEGER NOT NULL CHECK (rank >= 1),
            track_id TEXT NOT NULL,
            score    REAL NOT NULL,
            reason   TEXT NOT NULL,
            PRIMARY KEY (story, rank)
        ) STRICT, WITHOUT ROWID
        """
    )


async def _inbox(connection: aiosqlite.Connection) -> None:
    await connection.execute(
        """
        CREATE TABLE inbox (
            number    INTEGER PRIMARY KEY AUTOINCREMENT,
            platform  TEXT NOT NULL,
            update_id INTEGER NOT NULL,
            user_id   TEXT NOT NULL,
            payload   TEXT NOT NULL,
            begun     INTEGER NOT NULL DEFAULT 0,
            UNIQUE (platform, update_id)
        ) STRICT
        """
    )
    await connection.execute("CREATE INDEX inbox_of_user ON inbox (platform, user_id)")
    await connection.execute(
        """
        CREATE TABLE receipt (
            platform  TEXT NOT NULL,
            update_id INTEGER NOT NULL,
            at        TEXT NOT NULL,
            PRIMARY KEY (platform, update_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    await connection.execute("CREATE INDEX receipt_by_age ON receipt (at)")


MIGRATIONS: Final[tuple[Migration, ...]] = (_votes_and_history, _inbox)
"""Step ``n`` (from 1) brings a database from version ``n - 1`` to ``n``: its ``user_version``."""


async def migrate(connection: aiosqlite.Connection, migrations: Sequence[Migration]) -> None:
    """Bring the database up to date, each step in one transaction.

    Raises:
        StoreError: a newer Storify wrote it, so its tables may mean something else.
    """
    while await _migrated_one_step(connection, migrations):
        pass


async def _migrated_one_step(
    connection: aiosqlite.Connection, migrations: Sequence[Migration]
) -> bool:
    # The version is read inside the transaction: another process may be migrating as well.
    await connection.execute("BEGIN IMMEDIATE")
    try:
        version = await _version(connection)
        _refuse_newer(version, known=len(migrations))
        pending = version < len(migrations)
        if pending:
            await migrations[version](connection)
            await connection.execute(f"PRAGMA user_version = {version + 1}")
        await connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            await connection.execute("ROLLBACK")
        raise
    return pending


async def _version(connection: aiosqlite.Connection) -> int:
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    return int(row[0]) if row else 0


def _refuse_newer(version: int, known: int) -> None:
    if version > known:
        raise StoreError(
            f"The database was written by a newer Storify (its version is {version}, this one "
            f"knows {known}): update Storify, or choose another STORIFY_DATA_DIR."
        )
