"""The "typing" line above the chat, for as long as an answer takes."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import TelegramError

logger = logging.getLogger(__name__)

_EVERY_S: Final = 4.0
"""Telegram shows a chat action for five seconds (Bot API, November 2026)."""


@asynccontextmanager
async def typing(bot: Bot, chat_id: int) -> AsyncIterator[None]:
    """Show "typing" from here to the end of the block. It never fails and never delays anything."""
    shown = asyncio.create_task(_keep_typing(bot, chat_id))
    try:
        yield
    finally:
        shown.cancel()


async def _keep_typing(bot: Bot, chat_id: int) -> None:
    while True:
        try:
            await bot.send_chat_action(chat_id, ChatAction.TYPING)
        except TelegramError as error:
            logger.debug("No typing action: %s", type(error).__name__)
        await asyncio.sleep(_EVERY_S)
