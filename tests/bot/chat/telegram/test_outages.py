import asyncio
import logging

import pytest

from bot.chat.telegram import run_telegram, runner
from bot.errors import ChatUnauthorizedError, SettingsError
from bot.settings import Settings
from bot.store import Store
from tests.bot.chat.telegram.conftest import settings_for
from tests.fakes.recommender import JPEG, TableRecommender
from tests.fakes.telegram import FakeTelegram, Fault, Person

ADA = Person(11)

Bot = asyncio.Task[None]

PASSING = [
    Fault("html", status=502),
    Fault("drop"),
    Fault("refuse", status=500, description="Internal Server Error"),
    Fault("refuse", status=429, description="Too Many Requests: retry after 1", retry_after=1),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.kind}-{fault.status}")
@pytest.mark.parametrize("method", ["getFile", "sendMessage", "sendChatAction", "getUpdates"])
async def test_a_photo_is_answered_through_a_passing_fault(
    bot: Bot, fake: FakeTelegram, method: str, fault: Fault
) -> None:
    fake.fail(method, fault)
    fake.send_photo(ADA, JPEG)

    assert len((await fake.reply(ADA)).shown.links) == 5


@pytest.mark.parametrize("fault", [Fault("truncate"), Fault("drop"), Fault("html")])
async def test_a_download_that_breaks_off_is_tried_again(
    bot: Bot, fake: FakeTelegram, fault: Fault
) -> None:
    fake.fail("download", fault)
    fake.send_photo(ADA, JPEG)

    assert len((await fake.reply(ADA)).shown.links) == 5
    assert len(fake.calls("download")) == 2


async def test_a_photo_that_never_arrives_gets_a_sentence(bot: Bot, fake: FakeTelegram) -> None:
    fake.fail("getFile", Fault("refuse", status=400, description="Bad Request: wrong file_id"))
    fake.send_photo(ADA, JPEG)

    assert "did not reach me" in (await fake.reply(ADA)).shown.text


async def test_a_link_to_a_photo_that_has_expired_does_not_end_the_bot(
    bot: Bot, fake: FakeTelegram
) -> None:
    fake.fail("download", Fault("refuse", status=404, description="Not Found"))
    fake.send_photo(ADA, JPEG)

    assert "did not reach me" in (await fake.reply(ADA)).shown.text
    assert not bot.done()


async def test_a_file_too_large_for_bots_gets_a_sentence(bot: Bot, fake: FakeTelegram) -> None:
    fake.send_file(ADA, JPEG, "image/png", file_size=21 * 1024 * 1024)

    assert "larger than the 20 MB" in (await fake.reply(ADA)).shown.text
    assert not fake.calls("getFile")


async def test_the_bot_starts_while_telegram_is_away(bot: Bot, fake: FakeTelegram) -> None:
    fake.fail("getMe", Fault("drop"), Fault("html"))
    fake.send_text(ADA, "/start")

    assert "Send me a photo" in (await fake.reply(ADA)).shown.text


async def test_another_program_with_the_same_token_is_said_once(
    bot: Bot, fake: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fail("getUpdates", *[Fault("refuse", status=409, description="Conflict: terminated")] * 2)
    fake.send_text(ADA, "/start")
    await fake.reply(ADA)

    said = [r for r in caplog.records if "Another program" in r.getMessage()]
    assert len(said) == 1


async def test_a_person_who_blocked_the_bot_costs_one_message_and_no_incident(
    bot: Bot, fake: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    fake.blocked.add(ADA.id)
    fake.send_text(ADA, "/start")
    fake.send_text(Person(22), "/start")
    await fake.reply(22)
    fake.blocked.clear()
    fake.send_text(ADA, "/help")
    await fake.reply(ADA)

    assert len([p for p in fake.calls("sendMessage") if p["chat_id"] == "11"]) == 2
    assert "Incident" not in caplog.text


async def test_a_fault_of_ours_is_logged_and_apologised_for_under_one_id(
    bot: Bot,
    fake: FakeTelegram,
    recommender: TableRecommender,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(recommender, "recommend", broken)
    fake.send_text(ADA, "sunny")
    apology = (await fake.reply(ADA)).shown.text
    (incident,) = [r.args for r in caplog.records if r.msg.startswith("Incident")]

    assert isinstance(incident, tuple)
    assert f"incident {incident[0]}" in apology


async def test_a_fault_behind_a_button_is_apologised_for_in_the_notice(
    bot: Bot, fake: FakeTelegram, recommender: TableRecommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    fake.send_text(ADA, "sunny")
    reply = await fake.reply(ADA)
    monkeypatch.setattr(recommender, "again", broken)

    assert "noted as incident" in await fake.notice(fake.press(ADA, reply, "More"))


async def test_a_press_that_is_too_old_to_acknowledge_still_counts(
    bot: Bot, fake: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    fake.send_text(ADA, "sunny")
    reply = await fake.reply(ADA)
    query = fake.press(ADA, reply, "👍 1")
    fake.notices.pop(query)

    assert (await fake.edit(reply)).labels[0][0] == "👍 1 ✓"
    assert "Incident" not in caplog.text


async def test_a_press_on_a_message_that_was_deleted_still_counts(
    bot: Bot, fake: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    fake.send_text(ADA, "sunny")
    reply = await fake.reply(ADA)
    fake.messages.clear()
    query = fake.press(ADA, reply, "👍 1")

    assert await fake.notice(query) == "👍 for song 1: noted."
    fake.send_text(ADA, "/help")
    assert "teach me" in (await fake.reply(ADA)).shown.text
    assert "Incident" not in caplog.text


@pytest.mark.parametrize("token", ["4200:of-somebody-else", "malformed"])
async def test_a_wrong_token_ends_the_bot_at_the_start(
    fake: FakeTelegram, store: Store, token: str
) -> None:
    with pytest.raises(ChatUnauthorizedError, match="TELEGRAM_BOT_TOKEN") as raised:
        await run_telegram(settings_for(fake, token), TableRecommender(store), store)

    assert token not in repr(raised.value.__cause__)
    assert token not in str(raised.value)


async def test_no_token_at_all_is_a_setting_that_is_missing(store: Store) -> None:
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN"):
        await run_telegram(Settings(_env_file=None), TableRecommender(store), store)


async def test_a_token_revoked_while_running_ends_the_bot(fake: FakeTelegram, store: Store) -> None:
    bot = asyncio.create_task(run_telegram(settings_for(fake), TableRecommender(store), store))
    fake.send_text(ADA, "/start")
    await fake.reply(ADA)
    fake.revoke()

    with pytest.raises(ChatUnauthorizedError):
        async with asyncio.timeout(15):
            await bot


async def test_an_update_is_answered_once_across_a_restart(
    fake: FakeTelegram, store: Store
) -> None:
    for _ in range(2):
        bot = asyncio.create_task(run_telegram(settings_for(fake), TableRecommender(store), store))
        fake.send_text(ADA, "/start")
        await fake.reply(ADA)
        bot.cancel()
        await asyncio.wait([bot])

    assert len(fake.calls("sendMessage")) == 2


async def test_what_is_in_hand_is_answered_before_the_bot_stops(
    fake: FakeTelegram, store: Store
) -> None:
    bot = asyncio.create_task(run_telegram(settings_for(fake), TableRecommender(store), store))
    fake.fail("download", Fault("delay", seconds=1.0))
    fake.send_photo(ADA, JPEG)
    await fake.heard("download")
    bot.cancel()
    await asyncio.wait([bot])

    assert len((await fake.reply(ADA, wait_s=0.1)).shown.links) == 5


async def test_an_answer_that_takes_too_long_does_not_keep_the_bot_from_stopping(
    fake: FakeTelegram,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(runner, "_STOP_S", 0.2)
    bot = asyncio.create_task(run_telegram(settings_for(fake), TableRecommender(store), store))
    fake.fail("download", Fault("delay", seconds=5.0))
    fake.send_photo(ADA, JPEG)
    fake.send_text(ADA, "/help")  # waits in the lane behind the photo
    await fake.heard("download")
    bot.cancel()
    async with asyncio.timeout(2):
        await asyncio.wait([bot])

    assert "took longer than 0.2 s" in caplog.text
    assert not fake.calls("sendMessage")


async def test_the_bot_can_be_stopped_while_telegram_is_away(
    fake: FakeTelegram, store: Store
) -> None:
    fake.fail("getMe", *[Fault("drop")] * 20)
    bot = asyncio.create_task(run_telegram(settings_for(fake), TableRecommender(store), store))
    await fake.heard("getMe", after=1)
    bot.cancel()
    async with asyncio.timeout(2):
        await asyncio.wait([bot])

    assert not fake.calls("getUpdates")


async def test_neither_token_nor_caption_gets_into_a_log(
    fake: FakeTelegram, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.fail("getUpdates", Fault("html"), Fault("drop"))
    bot = asyncio.create_task(run_telegram(settings_for(fake), TableRecommender(store), store))
    fake.send_photo(ADA, JPEG, "a secret sunflower")
    await fake.reply(ADA)
    fake.send_photo(ADA, b"broken", "a secret sunflower")
    await fake.reply(ADA)
    bot.cancel()
    await asyncio.wait([bot])

    assert "Listening on Telegram" in caplog.text
    assert fake.token not in caplog.text
    assert "sunflower" not in caplog.text
