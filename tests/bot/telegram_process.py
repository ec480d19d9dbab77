"""The bot as it is run, in a process of its own, against the fake Bot API."""

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
from PIL import Image

from tests.fakes.telegram import FakeTelegram

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
