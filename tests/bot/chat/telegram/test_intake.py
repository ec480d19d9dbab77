import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiosqlite
import pytest
from telegram import Update

from bot.chat.telegram import delivery, intake, polling, run_telegram, runner
from bot.chat.telegram.intake import MAX_BEGUN
from bot.chat.telegram.requests import requested
from bot.store import OpenUpdate, Store
from bot.types import User
from tests.bot.chat.telegram.conftest import settings_for
from tests.fakes.recommender import JPEG, TableRecommender
from tests.fakes.telegram import FakeTelegram, Fault, Person

ADA, BEN = Person(11), Person(22, "Ben")

Bot = asyncio.Task[None]


@asynccontextmanager
async def running(fake: FakeTelegram, store: Store) -> AsyncIterator[Bot]:
    bot = asyncio.create_task(run_telegram(settings_for(fake), TableRecommender(store), store))
    yield bot
    bot.cancel()
    await asyncio.wait([bot])


async def left(store: Store, expected: int) -> None:
    """Wait until so many updates are open."""
    async with asyncio.timeout(5):
        while len(await store.inbox.unanswered("telegram")) != expected:  # noqa: ASYNC110  SQLite tells nobody of its writes
            await asyncio.sleep(0.02)


async def taken(store: Store) -> int:
    """How many updates were ever put into the inbox."""
    row = await store._database.fetch_one("SELECT count(*) FROM receipt")
    assert row is not None
    return int(row[0])


async def put(store: Store, update: dict[str, Any], begun: int = 0) -> None:
    """Leave an update in the inbox as a process does that dies."""
    parsed = Update.de_json(update)
    sender = parsed.effective_user
    assert sender is not None
    open_update = OpenUpdate(parsed.update_id, User("telegram", str(sender.id)), parsed.to_json())
    await store.inbox.put([open_update])
    for _ in range(begun):
        await store.inbox.begin("telegram", parsed.update_id)


async def test_what_was_answered_is_no_longer_in_the_inbox(
    bot: Bot, fake: FakeTelegram, store: Store
) -> None:
    fake.send_photo(ADA, JPEG, "finally home")
    reply = await fake.reply(ADA)
    await fake.notice(fake.press(ADA, reply, "👍 1"))
    fake.send_other(ADA, {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 2}})
    await fake.reply(ADA)

    await left(store, 0)
    assert await taken(store) == 3


async def test_an_update_is_in_the_inbox_before_telegram_forgets_it(
    bot: Bot, fake: FakeTelegram, store: Store
) -> None:
    fake.fail("download", Fault("delay", seconds=1.0))
    fake.send_photo(ADA, JPEG)
    async with asyncio.timeout(5):
        while fake.updates:
            await fake.heard("getUpdates", after=len(fake.calls("getUpdates")))

    assert len(await store.inbox.unanswered("telegram")) == 1
    await fake.reply(ADA)


async def test_an_update_that_comes_again_is_answered_once(bot: Bot, fake: FakeTelegram) -> None:
    fake.send_text(ADA, "/start")
    (update,) = fake.updates
    fake.redeliver(update)
    await fake.reply(ADA)
    fake.redeliver(update)
    fake.send_text(ADA, "/help")
    await fake.reply(ADA)

    assert len(fake.calls("sendMessage")) == 2


async def test_updates_whose_delivery_breaks_off_are_answered_once(
    bot: Bot, fake: FakeTelegram
) -> None:
    fake.fail("getUpdates", Fault("drop_after"), Fault("drop_after"))
    fake.send_text(ADA, "/start")
    await fake.reply(ADA)
    fake.send_text(ADA, "/help")
    await fake.reply(ADA)

    assert len(fake.calls("sendMessage")) == 2


async def test_an_update_answered_before_a_stop_is_not_answered_after_it(
    fake: FakeTelegram, store: Store
) -> None:
    fake.send_text(ADA, "/start")
    (update,) = fake.updates
    async with running(fake, store):
        await fake.reply(ADA)
    fake.redeliver(update)
    fake.send_text(ADA, "/help")
    async with running(fake, store):
        await fake.reply(ADA)

    assert len(fake.calls("sendMessage")) == 2


async def test_what_is_cut_off_by_a_stop_is_answered_after_the_next_start(
    fake: FakeTelegram, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as impatient:
        impatient.setattr(runner, "_STOP_S", 0.1)
        fake.fail("download", Fault("delay", seconds=5.0))
        async with running(fake, store):
            fake.send_photo(ADA, JPEG)
            fake.send_text(ADA, "/help")  # waits in the lane behind the photo
            await fake.heard("download")
    assert len(await store.inbox.unanswered("telegram")) == 2
    async with running(fake, store):
        assert len((await fake.reply(ADA)).shown.links) == 5
        assert "teach me" in (await fake.reply(ADA)).shown.text
        await left(store, 0)

    assert len(fake.calls("sendMessage")) == 2


async def test_what_was_left_open_does_not_wait_for_news(fake: FakeTelegram, store: Store) -> None:
    fake.send_photo(ADA, JPEG)
    await put(store, fake.updates.pop())
    async with running(fake, store):
        await fake.reply(ADA, wait_s=2.0)


async def test_what_is_not_for_us_is_not_kept(bot: Bot, fake: FakeTelegram, store: Store) -> None:
    fake.send_text(ADA, "only talking", chat_id=-100)
    fake.send_other(ADA, {"delete_chat_photo": True})
    fake.send_text(ADA, "/start")
    await fake.reply(ADA)

    assert await taken(store) == 1


async def test_a_fault_of_ours_is_apologised_for_and_not_tried_again(
    bot: Bot,
    fake: FakeTelegram,
    store: Store,
    recommender: TableRecommender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(recommender, "recommend", broken)
    fake.send_text(ADA, "sunny")

    assert "incident" in (await fake.reply(ADA)).shown.text
    await left(store, 0)


async def test_an_answer_to_somebody_who_blocked_the_bot_is_not_tried_again(
    bot: Bot, fake: FakeTelegram, store: Store
) -> None:
    fake.blocked.add(ADA.id)
    fake.send_text(ADA, "/start")
    await fake.heard("sendMessage")

    await left(store, 0)


async def test_an_answer_that_did_not_get_through_is_tried_again_once_telegram_is_back(
    bot: Bot, fake: FakeTelegram, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "RETRY_S", 0.1)
    monkeypatch.setattr(polling, "_POLL_S", 1)
    monkeypatch.setattr(delivery, "requested", partial(requested, delays_s=(0, 0, 0)))
    fake.fail("sendMessage", *[Fault("html")] * 4)
    fake.send_text(ADA, "/start")

    assert "Send me a photo" in (await fake.reply(ADA)).shown.text
    await left(store, 0)
    assert len(fake.calls("sendMessage")) == 5


async def test_a_thumb_whose_notice_did_not_get_through_is_not_pressed_again_later(
    bot: Bot, fake: FakeTelegram, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "requested", partial(requested, delays_s=()))
    fake.send_photo(ADA, JPEG)
    reply = await fake.reply(ADA)
    fake.fail("answerCallbackQuery", Fault("html"))
    fake.press(ADA, reply, "👍 1")
    await fake.heard("answerCallbackQuery")

    await left(store, 0)
    (vote,) = await store.votes.of(User("telegram", "11"))
    assert vote.value == 1


async def test_what_was_begun_too_often_is_given_up_with_one_apology(
    fake: FakeTelegram, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    fake.send_photo(ADA, JPEG)
    fake.send_photo(BEN, JPEG)
    await put(store, fake.updates.pop(0), begun=MAX_BEGUN)
    await put(store, fake.updates.pop(0), begun=MAX_BEGUN - 1)
    async with running(fake, store):
        apology = (await fake.reply(ADA)).shown.text
        assert len((await fake.reply(BEN)).shown.links) == 5
        await left(store, 0)

    (record,) = [r for r in caplog.records if r.msg.startswith("Incident")]
    assert isinstance(record.args, tuple)
    assert f"incident {record.args[0]}" in apology
    assert len(fake.calls("sendMessage")) == 2


async def test_what_was_begun_before_goes_one_at_a_time_beside_what_is_new(
    fake: FakeTelegram, store: Store
) -> None:
    fake.fail("download", Fault("delay", seconds=1.0))
    for person in (ADA, BEN):
        fake.send_photo(person, JPEG)
        await put(store, fake.updates.pop(), begun=1)
    async with running(fake, store):
        await fake.heard("download")
        fake.send_photo(Person(33), JPEG)
        await fake.reply(33, wait_s=0.8)
        assert len(fake.calls("download")) == 2
        await fake.reply(ADA)
        await fake.reply(BEN)


async def test_who_was_begun_least_comes_first_and_each_persons_stay_in_order(
    fake: FakeTelegram, store: Store
) -> None:
    for person, text in ((ADA, "/help"), (ADA, "/start"), (BEN, "/help")):
        fake.send_text(person, text)
    for begun in (2, 0, 1):
        await put(store, fake.updates.pop(0), begun)
    fake.fail("sendMessage", Fault("delay", seconds=0.5))
    async with running(fake, store):
        await fake.reply(BEN)
        assert not fake.sent[ADA.id].qsize()
        assert "teach me" in (await fake.reply(ADA)).shown.text
        assert "Send me a photo" in (await fake.reply(ADA)).shown.text


async def full_disk(connection: aiosqlite.Connection) -> None:
    await connection.execute("PRAGMA max_page_count = 1")  # as small as it can be: no page more


async def free_disk(connection: aiosqlite.Connection) -> None:
    await connection.execute("PRAGMA max_page_count = 100000")


async def test_updates_that_a_full_disk_keeps_out_stay_with_telegram_until_there_is_room(
    bot: Bot, fake: FakeTelegram, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await store._database.transaction(full_disk)
    fake.send_text(ADA, "word " * 2000)
    await fake.heard("getUpdates", after=3)

    assert len(fake.updates) == 1
    assert len([r for r in caplog.records if "disk is full" in r.getMessage()]) == 1
    await store._database.transaction(free_disk)
    assert len((await fake.reply(ADA)).shown.links) == 5
    await left(store, 0)
