from pathlib import Path

import aiosqlite
import pytest

from bot.errors import StoreError
from bot.store.database import Database
from bot.store.migrations import MIGRATIONS


async def first(connection: aiosqlite.Connection) -> None:
    await connection.execute("CREATE TABLE a (x)")


async def second(connection: aiosqlite.Connection) -> None:
    await connection.execute("ALTER TABLE a ADD COLUMN y")
    await connection.execute("INSERT INTO a VALUES (1, 2)")


async def broken(connection: aiosqlite.Connection) -> None:
    await connection.execute("CREATE TABLE half (x)")
    await connection.execute("CREATE TABLE a (x)")


async def version(database: Database) -> int:
    row = await database.fetch_one("PRAGMA user_version")
    assert row is not None
    return int(row[0])


async def test_each_step_runs_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    for steps in ((first,), (first, second), (first, second)):
        database = await Database.open(path, steps)
        assert await version(database) == len(steps)
        rows = [tuple(row) for row in await database.fetch("SELECT * FROM a")]
        await database.close()

    assert rows == [(1, 2)]


async def test_a_step_that_fails_leaves_the_version_before_it(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    with pytest.raises(StoreError):
        await Database.open(path, (first, broken))
    database = await Database.open(path, (first,))

    assert await version(database) == 1
    assert await database.fetch("SELECT name FROM sqlite_master WHERE name = 'half'") == []
    await database.close()


async def test_a_database_of_a_newer_storify_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    await (await Database.open(path, (first, second))).close()

    with pytest.raises(StoreError, match=r"newer Storify.*version is 2.*knows 1.*update Storify"):
        await Database.open(path, (first,))


async def test_the_shipped_steps_make_a_database_without_flaws(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "storify.sqlite3", MIGRATIONS)

    assert [tuple(row) for row in await database.fetch("PRAGMA integrity_check")] == [("ok",)]
    assert await version(database) == len(MIGRATIONS)
    await database.close()
