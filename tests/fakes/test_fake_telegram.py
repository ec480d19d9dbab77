"""The fake is worth its name only if it refuses what the real server refuses."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.fakes.telegram import FakeTelegram, Person
from tests.fakes.telegram.entities import EntityError, parse

ADA = Person(11)


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        fake.send_text(ADA, "hello")
        yield fake


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def call(
    session: aiohttp.ClientSession, fake: FakeTelegram, method: str, **parameters: str | int
) -> tuple[int, str]:
    """Status, and the description or the result as JSON."""
    url = f"{fake.base_url}{fake.token}/{method}"
    async with session.post(url, data=parameters) as response:
        answer = await response.json()
    assert answer["ok"] == (response.status == 200)
    return response.status, str(answer.get("description") or json.dumps(answer["result"]))


def markup(data: str) -> str:
    return json.dumps({"inline_keyboard": [[{"text": "x", "callback_data": data}]]})


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "🎉" * 2049}, "message is too long"),
        ({"text": ""}, "message text is empty"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "a < b", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "x", "reply_markup": markup("")}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": markup("é" * 33)}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "chat_id": 99}, "chat not found"),
    ],
)
async def test_a_message_that_breaks_a_rule_is_refused(
    session: aiohttp.ClientSession,
    fake: FakeTelegram,
    parameters: dict[str, str | int],
    description: str,
) -> None:
    status, said = await call(session, fake, "sendMessage", **{"chat_id": ADA.id, **parameters})

    assert status == 400
    assert description in said


async def test_a_message_within_the_rules_is_seen(
    session: aiohttp.ClientSession, fake: FakeTelegram
) -> None:
    text = "<b>x</b> " + "y" * 4094
    status, _ = await call(session, fake, "sendMessage", chat_id=11, text=text, parse_mode="HTML")

    assert status == 200
    assert (await fake.reply(ADA)).shown.text == "x " + "y" * 4094


async def test_an_edit_that_changes_nothing_is_refused(
    session: aiohttp.ClientSession, fake: FakeTelegram
) -> None:
    await call(session, fake, "sendMessage", chat_id=11, text="x", reply_markup=markup("a"))
    message = await fake.reply(ADA)
    same: dict[str, str | int] = {
        "chat_id": 11,
        "message_id": message.id,
        "reply_markup": markup("a"),
    }

    status, said = await call(session, fake, "editMessageReplyMarkup", **same)
    assert (status, "message is not modified" in said) == (400, True)
    other: dict[str, str | int] = same | {"reply_markup": markup("b")}
    assert (await call(session, fake, "editMessageReplyMarkup", **other))[0] == 200


async def test_updates_come_again_until_they_are_acknowledged(
    session: aiohttp.ClientSession, fake: FakeTelegram
) -> None:
    _, first = await call(session, fake, "getUpdates")
    _, second = await call(session, fake, "getUpdates")
    offset = json.loads(first)[-1]["update_id"] + 1

    assert first == second
    assert await call(session, fake, "getUpdates", offset=offset) == (200, "[]")
    assert await call(session, fake, "getUpdates") == (200, "[]")


async def test_a_second_poll_ends_the_first_with_409(
    session: aiohttp.ClientSession, fake: FakeTelegram
) -> None:
    offset = fake.updates[-1]["update_id"] + 1
    first = asyncio.create_task(call(session, fake, "getUpdates", offset=offset, timeout=9))
    await fake.heard("getUpdates")
    await call(session, fake, "getUpdates", offset=offset)

    status, said = await first
    assert (status, "terminated by other getUpdates" in said) == (409, True)


async def test_kinds_of_updates_nobody_asked_for_are_left_out(
    session: aiohttp.ClientSession, fake: FakeTelegram
) -> None:
    await call(session, fake, "getUpdates", allowed_updates='["callback_query"]')
    waiting = len(fake.updates)
    fake.send_text(ADA, "again")

    assert len(fake.updates) == waiting


async def test_another_token_and_another_method_are_refused(
    session: aiohttp.ClientSession, fake: FakeTelegram
) -> None:
    assert (await call(session, fake, "sendFax"))[0] == 404
    fake.revoke()
    async with session.post(f"{fake.base_url}4200:other/getMe") as response:
        assert response.status == 401


@pytest.mark.parametrize("source", ["</b>", "<b><i>x</b></i>", "<p>x</p>", "<b", "1 < 2"])
def test_html_that_telegram_would_not_take_is_an_error(source: str) -> None:
    with pytest.raises(EntityError):
        parse(source)


def test_only_the_entities_telegram_knows_are_resolved() -> None:
    parsed = parse('<a href="https://a.b/?c&amp;d">x &lt;&#33;&gt;</a> &nbsp;')

    assert parsed.links == [("https://a.b/?c&d", "x <!>")]
    assert parsed.text == "x <!> &nbsp;"
