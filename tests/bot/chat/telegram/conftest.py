"""The Telegram bot running in this process, against the fake server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.chat.telegram import run_telegram
from bot.settings import Settings
from bot.store import Store
from tests.fakes.recommender import TableRecommender
from tests.fakes.telegram import FakeTelegram


def settings_for(fake: FakeTelegram, token: str | None = None) -> Settings:
    return Settings(
        telegram_bot_token=SecretStr(token or fake.token),
        telegram_base_url=fake.base_url,
        telegram_base_file_url=fake.base_file_url,
    )


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def recommender(store: Store) -> TableRecommender:
    return TableRecommender(store)


@pytest.fixture
async def bot(
    fake: FakeTelegram, store: Store, recommender: TableRecommender
) -> AsyncIterator[asyncio.Task[None]]:
    """The running bot; it must end without an error when it is cancelled."""
    task = asyncio.create_task(run_telegram(settings_for(fake), recommender, store))
    yield task
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() or task.exception() is None
