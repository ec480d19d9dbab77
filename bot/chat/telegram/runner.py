"""The Telegram bot from the first contact to the last answer before it stops."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from telegram import BotCommand, Update
from telegram.ext import AIORateLimiter, Application

from bot.chat.base import Recommender
from bot.chat.conversation import Conversation
from bot.chat.telegram.adapter import COMMANDS, AnyApplication, TelegramAdapter
from bot.chat.telegram.errors import translated
from bot.chat.telegram.lanes import Lanes
from bot.chat.telegram.polling import Deliver, Outage, Poller
from bot.chat.telegram.requests import requested
from bot.chat.wording import FALLBACK, wording
from bot.errors import ChatError, SettingsError
from bot.settings import Settings
from bot.store import Store

logger = logging.getLogger(__name__)

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
    application = _application(settings)
    conversation = Conversation(recommender, store)
    TelegramAdapter(conversation, application.bot).listen(application)
    poller = Poller(application.bot, _queue_of(application))
    serving = asyncio.create_task(_serve(application, poller))
    try:
        with _cancelled_by_signals(serving):
            await asyncio.wait([serving])
    finally:
        serving.cancel()
        await asyncio.wait([serving])
        await _stop(application, poller)
    if not serving.cancelled():
        serving.result()


def keep_secrets_out_of_logs() -> None:
    """Silence what the libraries say of URLs and updates, whatever our own level is."""
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)


def _application(settings: Settings) -> AnyApplication:
    token = settings.telegram_bot_token
    if token is None:
        raise SettingsError("No Telegram token is set: put TELEGRAM_BOT_TOKEN into .env.")
    # The library's own opt-in to durations as timedelta; without it, each 429 is a warning.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    return (
        Application.builder()
        .token(token.get_secret_value())
        .base_url(settings.telegram_base_url)
        .base_file_url(settings.telegram_base_file_url)
        .connect_timeout(10)
        .read_timeout(20)
        .write_timeout(20)
        .pool_timeout(10)
        .get_updates_connect_timeout(10)
        .get_updates_read_timeout(20)
        .rate_limiter(AIORateLimiter(max_retries=_RATE_LIMIT_RETRIES))
        .concurrent_updates(Lanes())
        .updater(None)  # it would forget updates before their batch is delivered
        .job_queue(None)
        .build()
    )


async def _serve(application: AnyApplication, poller: Poller) -> None:
    bot = application.bot
    outage = Outage("reach Telegram")
    while not await _reached(application, outage):
        pass
    await application.start()
    logger.info("Listening on Telegram as @%s", bot.username)
    try:
        await requested(lambda: bot.set_my_commands(_menu()))
    except ChatError as error:
        logger.warning("The command menu was not set: %s", error)
    await poller.run()


async def _reached(application: AnyApplication, outage: Outage) -> bool:
    try:
        with translated():
            await application.initialize()
            await application.bot.delete_webhook()  # while one is set there is nothing to poll
    except ChatError as error:
        await outage.wait_after(error)
        return False
    outage.over()
    return True


async def _stop(application: AnyApplication, poller: Poller) -> None:
    if application.running:
        try:
            async with asyncio.timeout(_STOP_S):
                await application.stop()
                await poller.acknowledge()
        except TimeoutError:
            logger.warning("Stopped with answers in hand that took longer than %g s", _STOP_S)
        except ChatError as error:
            logger.warning("What was answered last may be answered again: %s", error)
    await application.update_processor.shutdown()
    await application.shutdown()
    await application.bot.shutdown()  # also where the first contact was never made


def _queue_of(application: AnyApplication) -> Deliver:
    async def deliver(updates: Sequence[Update]) -> None:
        for update in updates:
            await application.update_queue.put(update)

    return deliver


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
