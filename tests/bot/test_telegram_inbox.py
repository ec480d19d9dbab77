"""Nothing that was sent is lost, whenever the bot is killed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.bot.telegram_process import bot_process, listening, photo, stopped
from tests.fakes.telegram import FakeTelegram, Person

PEOPLE: Final = [Person(11), Person(22), Person(33), Person(44)]
KILLED_AFTER_S: Final = (0.1, 0.4, 0.2, 0.0)
"""Seconds from the first poll of each process to its end."""

PHOTOS: Final = 5
"""Sent before each start, unread so far."""


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


def answers(fake: FakeTelegram) -> Counter[int]:
    """How many answers with songs each message got."""
    return Counter(
        message.reply_to
        for message in fake.messages.values()
        if message.reply_to is not None and message.shown.links
    )


async def test_every_photo_is_answered_though_the_bot_is_killed_again_and_again(
    fake: FakeTelegram, tmp_path: Path
) -> None:
    sent: list[int] = []
    for number, alive_s in enumerate(KILLED_AFTER_S):
        people = (PEOPLE * 2)[number:][:PHOTOS]
        sent += [fake.send_photo(person, photo(), f"round {number}") for person in people]
        async with bot_process(fake, tmp_path) as process:
            await listening(process, fake)
            await asyncio.sleep(alive_s)
            process.kill()

    async with bot_process(fake, tmp_path) as process:
        await listening(process, fake)
        async with asyncio.timeout(30):
            while len(answers(fake)) < len(sent):
                await fake.heard("sendMessage", after=len(fake.calls("sendMessage")))
        assert await stopped(process) == 0

    answered = answers(fake)
    assert set(answered) == set(sent)
    assert max(answered.values()) <= 2
    assert answered.total() <= len(sent) + len(KILLED_AFTER_S)
    assert "Traceback" not in (tmp_path / "log.txt").read_text(encoding="utf-8")
