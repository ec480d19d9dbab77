"""The bot as it is run, models and all, against the fake Bot API."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image

from tests.fakes.telegram import FakeTelegram, Person

ADA: Final = Person(11)
START_S: Final = 60.0
"""For loading the models on a machine with other work to do."""

ROOT: Final = Path(__file__).parents[2]


def photo() -> bytes:
    """A sky above a meadow: no face, but a scene."""
    rows = np.linspace(0, 1, 480)[:, None, None]
    sky, meadow = np.array([120.0, 180.0, 250.0]), np.array([60.0, 160.0, 60.0])
    pixels = np.broadcast_to(sky * (1 - rows) + meadow * rows, (480, 640, 3)).astype(np.uint8)
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()


def photos_below(folder: Path) -> list[Path]:
    """Files that begin as a JPEG does."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if path.read_bytes().startswith(b"\xff\xd8\xff")]


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@asynccontextmanager
async def bot_process(
    fake: FakeTelegram, folder: Path, token: str | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """``python -m bot telegram`` in a folder of its own, where no ``.env`` lies."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "default",
        "TELEGRAM_BOT_TOKEN": token or fake.token,
        "TELEGRAM_BASE_URL": fake.base_url,
        "TELEGRAM_BASE_FILE_URL": fake.base_file_url,
        "STORIFY_DATA_DIR": str(folder / "data"),
        "STORIFY_LOG_LEVEL": "DEBUG",
    }
    with (folder / "log.txt").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "telegram"), cwd=folder, env=environment, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def listening(process: asyncio.subprocess.Process, fake: FakeTelegram) -> None:
    """Wait for the first poll, which comes when the models are loaded."""
    before = len(fake.calls("getUpdates"))
    polled = asyncio.create_task(fake.heard("getUpdates", after=before, wait_s=START_S))
    ended = asyncio.create_task(process.wait())
    done, _ = await asyncio.wait([polled, ended], return_when=asyncio.FIRST_COMPLETED)
    for task in (polled, ended):
        task.cancel()
    assert polled in done, "the bot ended before it asked for updates"
    await polled


async def stopped(process: asyncio.subprocess.Process) -> int:
    """The exit code after SIGTERM, which must come within ten seconds."""
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        return await process.wait()


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
