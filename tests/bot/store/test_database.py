import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiosqlite
import pytest

from bot.errors import StoreBusyError, StoreError, StoreFullError
from bot.store.database import Database


async def numbers(connection: aiosqlite.Connection) -> None:
    await connection.execute("CREATE TABLE number (value INTEGER PRIMARY KEY) STRICT")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "numbers.sqlite3", (numbers,))
    yield database
    await database.close()


async def values(database: Database) -> list[int]:
    return [row[0] for row in await database.fetch("SELECT value FROM number ORDER BY value")]


def adding(*added: int) -> Callable[[aiosqlite.Connection], Awaitable[None]]:
    async def work(connection: aiosqlite.Connection) -> None:
        for value in added:
            await connection.execute("INSERT INTO number VALUES (?)", (value,))
            await asyncio.sleep(0.01)

    return work


async def test_a_transaction_is_seen_by_reads_once_it_has_returned(database: Database) -> None:
    await database.transaction(adding(1, 2))

    assert await values(database) == [1, 2]
    assert await database.fetch_one("SELECT value FROM number WHERE value = 3") is None


async def test_a_transaction_that_fails_leaves_nothing_behind(database: Database) -> None:
    await database.execute("INSERT INTO number VALUES (2)")
    with pytest.raises(StoreError):
        await database.transaction(adding(1, 2))

    assert await values(database) == [2]


async def test_one_transactions_rollback_takes_no_row_of_another(database: Database) -> None:
    await database.execute("INSERT INTO number VALUES (0)")
    works = [adding(value, 0) if value % 2 else adding(value) for value in range(1, 9)]
    ended = await asyncio.gather(*map(database.transaction, works), return_exceptions=True)

    assert [isinstance(end, StoreError) for end in ended] == [True, False] * 4
    assert await values(database) == [0, 2, 4, 6, 8]


async def test_a_caller_that_is_cancelled_leaves_no_open_transaction(database: Database) -> None:
    caller = asyncio.create_task(database.transaction(adding(1, 2, 3)))
    await asyncio.sleep(0.015)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await database.transaction(adding(9))

    assert await values(database) == [1, 2, 3, 9]


async def test_closing_waits_for_what_was_begun(tmp_path: Path) -> None:
    path = tmp_path / "numbers.sqlite3"
    database = await Database.open(path, (numbers,))
    caller = asyncio.create_task(database.transaction(adding(1, 2, 3)))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    await database.close()

    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM number").fetchone() == (3,)
    connection.close()


async def test_reads_do_not_wait_for_a_writer(database: Database) -> None:
    await database.execute("INSERT INTO number VALUES (1)")
    writing = asyncio.create_task(database.transaction(adding(*range(10, 40))))
    await asyncio.sleep(0.02)

    assert await values(database) == [1]
    assert not writing.done()
    await writing


async def test_a_lock_of_another_process_is_said_to_be_one(
    database: Database, tmp_path: Path
) -> None:
    await database.transaction(_short_patience)
    other = sqlite3.connect(tmp_path / "numbers.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreBusyError, match="locked by another program"):
            await database.execute("INSERT INTO number VALUES (1)")
    finally:
        other.execute("ROLLBACK")
        other.close()
    await database.execute("INSERT INTO number VALUES (2)")

    assert await values(database) == [2]


async def _short_patience(connection: aiosqlite.Connection) -> None:
    await connection.execute("PRAGMA busy_timeout = 50")


async def test_a_full_disk_is_said_to_be_one_and_the_database_lives_on(database: Database) -> None:
    async def limit(connection: aiosqlite.Connection) -> None:
        await connection.execute("PRAGMA max_page_count = 3")

    async def fill(connection: aiosqlite.Connection) -> None:
        await connection.executemany(
            "INSERT INTO number VALUES (?)", [(value,) for value in range(100_000)]
        )

    await database.transaction(limit)
    with pytest.raises(StoreFullError, match="disk is full"):
        await database.transaction(fill)

    assert await values(database) == []
    await database.execute("INSERT INTO number VALUES (1)")


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + b"x" * 900]
)
async def test_a_file_that_is_no_database_is_refused_by_its_name(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "numbers.sqlite3"
    path.write_bytes(content)

    with pytest.raises(StoreError, match=r"numbers\.sqlite3"):
        await Database.open(path, (numbers,))


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="cannot be made"):
        await Database.open(tmp_path / "file" / "numbers.sqlite3", (numbers,))
