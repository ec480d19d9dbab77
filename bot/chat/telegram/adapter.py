"""Telegram's updates as stories, commands and presses, and the replies back to where they go."""

import logging
import secrets
from typing import Any, Final

from telegram import Bot, Message, Update
from telegram import User as TelegramUser
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.chat import replies
from bot.chat.base import Command, Press, Reply
from bot.chat.conversation import Conversation
from bot.chat.telegram.delivery import Delivery
from bot.chat.telegram.photos import fetched
from bot.chat.telegram.typing_action import typing
from bot.chat.wording import wording
from bot.errors import (
    ChatBlockedError,
    ChatError,
    ChatRateLimitError,
    ChatRequestError,
    ChatUnauthorizedError,
    ChatUnreachableError,
)
from bot.store import new_story_id
from bot.types import Story, User

logger = logging.getLogger(__name__)

PLATFORM: Final = "telegram"
COMMANDS: Final = ("mood", "help", "start")
"""In the order of the command menu."""

_UNDELIVERED: Final = (ChatRateLimitError, ChatUnauthorizedError, ChatUnreachableError)
"""What says nothing about the answer itself: it may get through another time."""

_Handler = BaseHandler[Update, Any, None]


class TelegramAdapter:
    """Between Telegram's updates and one conversation.

    Of the library's handlers it takes the matching alone. Its ``Application`` is not used: it does
    not tell whether an answer got through, on which depends whether an update may be forgotten.
    """

    def __init__(self, conversation: Conversation, bot: Bot) -> None:
        self._conversation = conversation
        self._bot = bot
        self._delivery = Delivery(bot)
        new = filters.UpdateType.MESSAGE
        private = new & filters.ChatType.PRIVATE
        photo = filters.PHOTO | filters.Document.IMAGE
        self._handlers: tuple[_Handler, ...] = (
            CommandHandler(COMMANDS, self._on_command, new),
            MessageHandler(private & filters.COMMAND, self._on_command),
            MessageHandler(private & (photo | filters.TEXT), self._on_story),
            MessageHandler(private & ~filters.StatusUpdate.ALL, self._on_something_else),
            CallbackQueryHandler(self._on_press),
        )

    def hears(self, update: Update) -> bool:
        """Whether the update is for us, from somebody who can be answered."""
        return update.effective_user is not None and self._handler(update) is not None

    async def answer(self, update: Update) -> None:
        """Answer an update, or apologise for a fault of ours: the one catch-all.

        Raises:
            ChatError: neither got through, for a reason that may pass.
        """
        handler = self._handler(update)
        if handler is None:
            return
        try:
            await handler.callback(update, None)
        except _UNDELIVERED:
            raise
        except ChatBlockedError as error:
            logger.info("Nobody there to answer: %s", error)
        except Exception:
            incident = _incident()
            logger.exception("Incident %s", incident)
            await self._apologise(update, incident)

    async def give_up(self, update: Update) -> None:
        """Apologise, if that gets through, for an update that is not tried again."""
        incident = _incident()
        logger.error("Incident %s: update %d is given up", incident, update.update_id)
        try:
            await self._apologise(update, incident)
        except ChatError as error:
            logger.warning("No apology for incident %s: %s", incident, error)

    def _handler(self, update: Update) -> _Handler | None:
        """The first that fits."""
        matches = ((handler, handler.check_update(update)) for handler in self._handlers)
        return next((h for h, match in matches if match is not None and match is not False), None)

    async def _on_command(self, update: Update, _: None) -> None:
        message, sender = update.message, update.effective_user
        if message is None or message.text is None or sender is None:
            return
        name, *arguments = message.text.split()
        command = Command(
            name=name.removeprefix("/").partition("@")[0].lower(),
            arguments=tuple(arguments),
            user=_user(sender),
            chat=str(message.chat_id),
            language_code=_language(sender),
        )
        async with typing(self._bot, message.chat_id):
            reply = await self._conversation.command(command)
        await self._delivery.send(message.chat_id, reply)

    async def _on_story(self, update: Update, _: None) -> None:
        message, sender = update.message, update.effective_user
        if message is None or sender is None:
            return
        async with typing(self._bot, message.chat_id):
            reply = await self._story_reply(message, sender)
        await self._delivery.send(message.chat_id, reply, to_message=message.message_id)

    async def _story_reply(self, message: Message, sender: TelegramUser) -> Reply:
        language = _language(sender)
        try:
            photo = await fetched(self._bot, message, wording(language))
        except (ChatUnreachableError, ChatRequestError) as error:
            logger.warning("A photo was not fetched", exc_info=error)
            return replies.sentence(str(error))
        story = Story(
            id=new_story_id(),
            user=_user(sender),
            chat=str(message.chat_id),
            photo=photo,
            caption=message.caption or message.text or "",
            language_code=language,
        )
        return await self._conversation.story(story)

    async def _on_something_else(self, update: Update, _: None) -> None:
        message, sender = update.message, update.effective_user
        if message is None or sender is None:
            return
        words = wording(_language(sender))
        await self._delivery.send(message.chat_id, Reply(words.html("kind.unknown")))

    async def _on_press(self, update: Update, _: None) -> None:
        query = update.callback_query
        if query is None or query.message is None or query.data is None:
            return
        chat_id = query.message.chat.id
        press = Press(query.data, _user(query.from_user), str(chat_id), _language(query.from_user))
        answer = await self._conversation.press(press)
        try:
            await self._delivery.notify(query.id, answer.notice)
            if answer.keyboard is not None:
                await self._delivery.redraw(chat_id, query.message.message_id, answer.keyboard)
        except _UNDELIVERED as error:  # the thumb counts; pressed again later, it may undo a newer
            logger.info("A press was not acknowledged: %s", error)
        if answer.reply is not None:
            await self._delivery.send(chat_id, answer.reply)

    async def _apologise(self, update: Update, incident: str) -> None:
        sender, chat = update.effective_user, update.effective_chat
        words = wording(_language(sender) if sender else "")
        try:
            if update.callback_query is not None:
                text = words.plain("sorry", incident=incident)
                await self._delivery.notify(update.callback_query.id, text, alert=True)
            elif chat is not None:
                await self._delivery.send(chat.id, Reply(words.html("sorry", incident=incident)))
        except (ChatBlockedError, ChatRequestError) as error:
            logger.warning("No apology for incident %s: %s", incident, error)


def _incident() -> str:
    """A name under which the log and the person speak of the same fault."""
    return secrets.token_hex(4)


def _user(sender: TelegramUser) -> User:
    return User(PLATFORM, str(sender.id))


def _language(sender: TelegramUser) -> str:
    return sender.language_code or "en"
