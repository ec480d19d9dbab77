"""One SQLite file: a writer behind a lock, and a reader that never waits for it."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import aiosqlite

from bot.errors import StoreError
from bot.store.failures import translated
from bot.store.migrations import Migration, migrate

T = TypeVar("T")
Parameters = Sequence[str | int | float | bytes | None]

_BUSY_TIMEOUT_MS: Final = 5000
"""How long SQLite waits for another process's lock before it says that the database is busy."""


class Database:
    """Reads and writes; every failure arrives as a ``StoreError``. Opened by ``open``."""

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self._writer = writer
        self._reader = reader
        self._lock = asyncio.Lock()
        self._transactions: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, path: Path, migrations: Sequence[Migration]) -> Self:
        """Open the file, made with its folder where it is missing, and bring its schema up to date.

        Raises:
            StoreError: it cannot be opened or made, or a newer version of Storify wrote it.
        """
        logging.getLogger("aiosqlite").setLevel(logging.INFO)  # at DEBUG it logs every value
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The folder {path.parent} cannot be made: {error.strerror}."
            ) from error
        async with AsyncExitStack() as opened:
            with translated(f"The database {path}"):
                writer = await opened.enter_async_context(_connect(path))
                await writer.execute("PRAGMA journal_mode = WAL")
                await writer.execute("PRAGMA synchronous = FULL")  # an acknowledged vote is kept
                await writer.execute("PRAGMA foreign_keys = ON")
                await writer.execute(
                    "PRAGMA secure_delete = ON"
                )  # what is forgotten is overwritten
                await writer.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
                await migrate(writer, migrations)
                reader = await opened.enter_async_context(_connect(path))
                await reader.execute("PRAGMA query_only = ON")
                await reader.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
            opened.pop_all()
        return cls(writer, reader)

    async def close(self) -> None:
        """Wait for the transactions that have begun, then close."""
        if self._transactions:
            await asyncio.wait(self._transactions)
        with translated():
            await self._reader.close()
            await self._writer.close()

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a query. It sees every write that has returned."""
        with translated():
            return list(await self._reader.execute_fetchall(sql, parameters))

    async def fetch_one(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """The first row of a query."""
        rows = await self.fetch(sql, parameters)
        return rows[0] if rows else None

    async def execute(self, sql: str, parameters: Parameters = ()) -> None:
        """One writing statement, committed on return."""

        async def statement(connection: aiosqlite.Connection) -> None:
            await connection.execute(sql, parameters)

        await self.transaction(statement)

    async def transaction(self, work: Callable[[aiosqlite.Connection], Awaitable[T]]) -> T:
        """Run ``work`` on the writer, all of it or nothing, committed on return.

        A caller that is cancelled leaves at once; the transaction still runs to its end. Cut off
        between a statement and its commit, it would stay open, and the next writer's commit would
        commit it too.
        """
        task = asyncio.create_task(self._transaction(work))
        self._transactions.add(task)
        task.add_done_callback(self._transactions.discard)
        return await asyncio.shield(task)

    async def _transaction(self, work: Callable[[aiosqlite.Connection], Awaitable[T]]) -> T:
        # One at a time, because a connection has one transaction: without the lock a rollback
        # would take another task's rows with it.
        async with self._lock:
            with translated():
                await self._writer.execute("BEGIN IMMEDIATE")
                try:
                    result = await work(self._writer)
                    await self._writer.execute("COMMIT")
                except BaseException:
                    if self._writer.in_transaction:  # a full disk has already rolled back
                        await self._writer.execute("ROLLBACK")
                    raise
                return result


def _connect(path: Path) -> aiosqlite.Connection:
    # isolation_level=None: the transactions are ours, the module begins none behind our back.
    return aiosqlite.connect(path, isolation_level=None)
