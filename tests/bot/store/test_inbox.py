import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiosqlite
import pytest

from bot.errors import StoreBusyError, StoreError
from bot.store import OpenUpdate, Store
from bot.types import User

ADA, BEN = User("telegram", "1"), User("telegram", "2")


def update(number: int, user: User = ADA, words: str = "sunny") -> OpenUpdate:
    return OpenUpdate(number, user, json.dumps({"caption": words}))


async def numbers(store: Store) -> list[int]:
    return [update.id for update in await store.inbox.unanswered("telegram")]


def content(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_what_is_put_lies_open_in_its_order_until_it_is_removed(store: Store) -> None:
    await store.inbox.put([update(9), update(3, BEN)])
    await store.inbox.put([update(5)])

    assert await store.inbox.unanswered("telegram") == (update(9), update(3, BEN), update(5))
    await store.inbox.remove("telegram", {9, 5})
    assert await store.inbox.unanswered("telegram") == (update(3, BEN),)


async def test_an_update_is_taken_once_whether_it_is_open_or_answered(store: Store) -> None:
    await store.inbox.put([update(1), update(2)])
    await store.inbox.remove("telegram", {1})
    await store.inbox.put([update(1), update(2), update(3), update(3)])

    assert await numbers(store) == [2, 3]


async def test_two_platforms_may_use_the_same_numbers(store: Store) -> None:
    elsewhere = update(1, User("web", "1"))
    await store.inbox.put([update(1), elsewhere])
    await store.inbox.remove("telegram", {1})

    assert await store.inbox.unanswered("web") == (elsewhere,)


async def test_the_tries_are_counted_for_each(store: Store) -> None:
    await store.inbox.put([update(1), update(2)])
    for _ in range(3):
        await store.inbox.begin("telegram", 1)

    assert [open_.begun for open_ in await store.inbox.unanswered("telegram")] == [3, 0]


async def test_what_is_open_and_what_was_taken_are_known_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "again.sqlite3"
    store = await Store.open(path)
    await store.inbox.put([update(1), update(2)])
    await store.inbox.begin("telegram", 2)
    await store.inbox.remove("telegram", {1})
    await store.close()
    store = await Store.open(path)
    await store.inbox.put([update(1)])

    assert [(open_.id, open_.begun) for open_ in await store.inbox.unanswered("telegram")] == [
        (2, 1)
    ]
    await store.close()


async def test_receipts_outlive_a_day_and_no_more_than_two(store: Store) -> None:
    await store.inbox.put([update(1), update(2)])
    await store.inbox.remove("telegram", {1, 2})
    for number, hours in ((1, 25), (2, 49)):
        at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
        await store._database.execute("UPDATE receipt SET at = ? WHERE update_id = ?", (at, number))
    await store.inbox.put([update(1), update(2)])

    assert await numbers(store) == [2]


async def test_forgetting_somebody_takes_what_they_sent_out_of_the_inbox(store: Store) -> None:
    await store.inbox.put([update(1), update(2, BEN)])
    await store.forget(ADA)

    assert await numbers(store) == [2]
    await store.inbox.put([update(1)])  # offered once more, it stays forgotten
    assert await numbers(store) == [2]


async def test_no_word_of_an_answered_story_stays_in_any_file(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "words.sqlite3")
    await store.inbox.put([update(1, words="a secret sunflower")])
    assert b"sunflower" in content(tmp_path)
    await store.inbox.remove("telegram", {1})
    await store.close()

    assert b"sunflower" not in content(tmp_path)


def test_what_somebody_sent_is_in_no_representation() -> None:
    assert "sunny" not in repr(update(1))


async def test_a_batch_that_cannot_be_written_is_not_taken_and_can_be_put_again(
    store: Store, tmp_path: Path
) -> None:
    async def impatient(connection: aiosqlite.Connection) -> None:
        await connection.execute("PRAGMA busy_timeout = 50")

    await store._database.transaction(impatient)
    other = sqlite3.connect(tmp_path / "storify.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError):
        await store.inbox.put([update(1)])
    other.close()
    await store.inbox.put([update(1)])

    assert await numbers(store) == [1]


async def test_a_batch_is_put_whole_or_not_at_all(store: Store) -> None:
    nobody = OpenUpdate(2, User("telegram", None), "{}")  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        await store.inbox.put([update(1), nobody])
    await store.inbox.put([update(1)])

    assert await numbers(store) == [1]
