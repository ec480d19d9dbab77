"""The bot as it is run, models and all, against the fake Bot API."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.bot.telegram_process import START_S, bot_process, listening, photo, stopped
from tests.fakes.telegram import FakeTelegram, Person

ADA: Final = Person(11)


def photos_below(folder: Path) -> list[Path]:
    """Files that begin as a JPEG does."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if path.read_bytes().startswith(b"\xff\xd8\xff")]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


async def test_a_photo_is_answered_voted_on_changed_and_remembered_across_a_restart(
    fake: FakeTelegram, tmp_path: Path
) -> None:
    caption = "best day of the sunflower season 🎉"
    async with bot_process(fake, tmp_path) as process:
        await listening(process, fake)
        fake.send_photo(ADA, photo(), caption)
        reply = await fake.reply(ADA)
        assert len({url for url, _ in reply.shown.links}) == 5
        assert all(u.startswith("https://open.spotify.com/track/") for u, _ in reply.shown.links)
        assert reply.shown.preview_url == reply.shown.links[0][0]
        assert "scene" in reply.shown.text
        assert "caption" in reply.shown.text
        assert fake.actions

        notice = await fake.notice(fake.press(ADA, reply, "👍 3"))
        assert notice == "👍 for song 3: noted."
        assert (await fake.edit(reply)).labels[0][2] == "👍 3 ✓"
        assert await stopped(process) == 0

    async with bot_process(fake, tmp_path) as process:
        await listening(process, fake)
        notice = await fake.notice(fake.press_data(ADA, reply, reply.data("👎 3")))
        assert notice == "👎 for song 3: noted."
        assert (await fake.edit(reply)).labels[1][2] == "👎 3 ✓"

        fake.press(ADA, reply, "Calmer")
        calmer = await fake.reply(ADA)
        assert len(calmer.shown.links) == 5
        assert not set(calmer.shown.links) & set(reply.shown.links)

        fake.send_text(ADA, "/mood")
        assert "Read from" in (await fake.reply(ADA)).shown.text
        assert await stopped(process) == 0

    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert fake.token not in log
    assert "sunflower" not in log
    assert "Traceback" not in log
    assert "Warning" not in log
    assert not photos_below(tmp_path)


async def test_moods_words_and_files_that_are_no_photo_each_get_their_answer(
    fake: FakeTelegram, tmp_path: Path
) -> None:
    async with bot_process(fake, tmp_path) as process:
        await listening(process, fake)
        fake.send_text(ADA, "/mood happy")
        happy = await fake.reply(ADA)
        assert happy.shown.text.startswith("Songs for happy:")
        assert len(happy.shown.links) == 5

        fake.send_text(ADA, "finally home, kettle on")
        assert len((await fake.reply(ADA)).shown.links) == 5

        for broken in (b"plain text, no photo", photo()[:900], b""):
            fake.send_file(ADA, broken, "image/jpeg")
            reply = await fake.reply(ADA)
            assert reply.shown.text.endswith(".")
            assert not reply.shown.links
            assert "incident" not in reply.shown.text
        assert await stopped(process) == 0


async def test_a_wrong_token_ends_the_process_with_one_line(
    fake: FakeTelegram, tmp_path: Path
) -> None:
    async with bot_process(fake, tmp_path, token="4200:of-somebody-else") as process:
        async with asyncio.timeout(START_S):
            assert await process.wait() == 1

    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert "check TELEGRAM_BOT_TOKEN" in log
    assert "Traceback" not in log
    assert "of-somebody-else" not in log
