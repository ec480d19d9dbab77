"""Replies on their way to Telegram."""

from typing import Final

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode

from bot.chat.base import Keyboard, Reply
from bot.chat.telegram.errors import HARMLESS, says
from bot.chat.telegram.requests import requested
from bot.errors import ChatRequestError

_NOTICE_LIMIT: Final = 200
"""The Bot API's limit on the text of ``answerCallbackQuery``, in characters (November 2026)."""


class Delivery:
    """Sends what was decided. Every method may raise a ``ChatError``."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat_id: int, reply: Reply, to_message: int | None = None) -> None:
        """Send a message of its own, or in reply to one."""
        await requested(
            lambda: self._bot.send_message(
                chat_id,
                reply.html,
                parse_mode=ParseMode.HTML,
                reply_markup=_markup(reply.keyboard) if reply.keyboard else None,
                link_preview_options=LinkPreviewOptions(
                    is_disabled=reply.preview_url is None, url=reply.preview_url
                ),
                reply_parameters=(
                    ReplyParameters(to_message, allow_sending_without_reply=True)
                    if to_message is not None
                    else None
                ),
            )
        )

    async def notify(self, query_id: str, notice: str, *, alert: bool = False) -> None:
        """Acknowledge a press with a short notice; one that came too late is left out."""
        try:
            await requested(
                lambda: self._bot.answer_callback_query(
                    query_id, notice[:_NOTICE_LIMIT], show_alert=alert
                )
            )
        except ChatRequestError as error:
            if not says(error, HARMLESS):
                raise

    async def redraw(self, chat_id: int, message_id: int, keyboard: Keyboard) -> None:
        """Put another keyboard under a message; nothing happens if it is gone or has it already."""
        try:
            await requested(
                lambda: self._bot.edit_message_reply_markup(
                    chat_id, message_id, reply_markup=_markup(keyboard)
                )
            )
        except ChatRequestError as error:
            if not says(error, HARMLESS):
                raise


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.label, callback_data=button.data) for button in row]
            for row in keyboard
        ]
    )
