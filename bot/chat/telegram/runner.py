"""The Telegram bot from the first contact to the last answer before it stops."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from telegram import Bot, BotCommand
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.chat.base import Recommender
from bot.chat.conversation import Conversation
from bot.chat.telegram.adapter import COMMANDS, TelegramAdapter
from bot.chat.telegram.errors import translated
from bot.chat.telegram.intake import Intake
from bot.chat.telegram.polling import Outage, Poller
from bot.chat.telegram.requests import requested
from bot.chat.wording import FALLBACK, wording
from bot.errors import ChatError, SettingsError
from bot.settings import Settings
from bot.store import Store

logger = logging.getLogger(__name__)

_CONNECTIONS: Final = 256
"""At once, so that no answer waits for a connection."""

_RATE_LIMIT_RETRIES: Final = 3
_STOP_S: Final = 8.0
"""How long the answers in hand may take after a signal to stop."""

_QUIET: Final = {
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,  # every URL, with the token in it, at INFO
    "telegram": logging.WARNING,  # updates, with their captions, at DEBUG
    "telegram.Bot": logging.CRITICAL + 1,  # updates that cannot be read, as they came
    "telegram.ext.ExtBot": logging.CRITICAL + 1,
    "telegram.request.BaseRequest": logging.CRITICAL + 1,  # answers that are no JSON, as they came
}
"""The level from which a library may log, so that no token and no caption gets into a log."""


async def run_telegram(settings: Settings, recommender: Recommender, store: Store) -> None:
    """Answer on Telegram until SIGTERM or SIGINT, then finish the answers in hand and return.

    Raises:
        SettingsError: no token is set.
        ChatUnauthorizedError: Telegram does not accept the token, at the start or later.
    """
    keep_secrets_out_of_logs()
    bot = _bot(settings)
    adapter = TelegramAdapter(Conversation(recommender, store), bot)
    intake = Intake(adapter, bot, store.inbox)
    serving = asyncio.create_task(_serve(bot, Poller(bot, intake.deliver)))
    try:
        with _cancelled_by_signals(serving):
            await asyncio.wait([serving])
    finally:
        serving.cancel()
        await asyncio.wait([serving])
        await intake.finish(_STOP_S)
        await bot.shutdown()
    if not serving.cancelled():
        serving.result()


def keep_secrets_out_of_logs() -> None:
    """Silence what the libraries say of URLs and updates, whatever our own level is."""
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def _bot(settings: Settings) -> Bot:
    token = settings.telegram_bot_token
    if token is None:
        raise SettingsError("No Telegram token is set: put TELEGRAM_BOT_TOKEN into .env.")
    # The library's own opt-in to durations as timedelta; without it, each 429 is a warning.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    return ExtBot(
        token.get_secret_value(),
        base_url=settings.telegram_base_url,
        base_file_url=settings.telegram_base_file_url,
        request=HTTPXRequest(
            _CONNECTIONS, connect_timeout=10, read_timeout=20, write_timeout=20, pool_timeout=10
        ),
        get_updates_request=HTTPXRequest(connect_timeout=10, read_timeout=20),
        rate_limiter=AIORateLimiter(max_retries=_RATE_LIMIT_RETRIES),
    )


async def _serve(bot: Bot, poller: Poller) -> None:
    outage = Outage("reach Telegram")
    while not await _reached(bot, outage):
        pass
    logger.info("Listening on Telegram as @%s", bot.username)
    try:
        await requested(lambda: bot.set_my_commands(_menu()))
    except ChatError as error:
        logger.warning("The command menu was not set: %s", error)
    await poller.run()


async def _reached(bot: Bot, outage: Outage) -> bool:
    try:
        with translated():
            await bot.initialize()
            await bot.delete_webhook()  # while one is set there is nothing to poll
    except ChatError as error:
        await outage.wait_after(error)
        return False
    outage.over()
    return True


def _menu() -> list[BotCommand]:
    words = wording(FALLBACK)
    return [BotCommand(name, words.plain(f"command.menu.{name}")) for name in COMMANDS]


@contextmanager
def _cancelled_by_signals(task: asyncio.Task[None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
