"""What Telegram answers when it refuses, in our words: one table from its exceptions to ours."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from telegram import error as telegram_error

from bot.errors import (
    ChatBlockedError,
    ChatError,
    ChatRateLimitError,
    ChatRequestError,
    ChatUnauthorizedError,
    ChatUnreachableError,
)

_REFUSED = (
    "Telegram does not accept the token: check TELEGRAM_BOT_TOKEN, or ask @BotFather for one."
)
_REQUEST = "Telegram refused a request: {error}."
_UNREACHABLE = "Telegram cannot be reached or failed: {error}."

BY_CLASS: Final[Mapping[type[telegram_error.TelegramError], tuple[type[ChatError], str]]] = {
    telegram_error.InvalidToken: (ChatUnauthorizedError, _REFUSED),
    telegram_error.Forbidden: (ChatBlockedError, "The bot may not write there: {error}."),
    telegram_error.RetryAfter: (ChatRateLimitError, "Too many requests for Telegram: {error}."),
    telegram_error.Conflict: (
        ChatRequestError,
        "Another program receives this bot's messages: stop it, or use a token of its own.",
    ),
    telegram_error.BadRequest: (ChatRequestError, _REQUEST),
    telegram_error.ChatMigrated: (ChatRequestError, _REQUEST),
    telegram_error.EndPointNotFound: (ChatRequestError, _REQUEST),
    telegram_error.PassportDecryptionError: (ChatRequestError, _REQUEST),
    telegram_error.TimedOut: (ChatUnreachableError, _UNREACHABLE),
    telegram_error.NetworkError: (ChatUnreachableError, _UNREACHABLE),
    telegram_error.TelegramError: (ChatUnreachableError, _UNREACHABLE),  # an answer of no sense
}
"""Looked up along the class's bases, the nearest first: a ``BadRequest`` is a ``NetworkError``."""

GONE: Final = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid")
"""What a ``BadRequest`` says when there is nobody to write to."""

HARMLESS: Final = (
    "message is not modified",
    "message to edit not found",
    "query is too old",
    "query id is invalid",
)
"""What a ``BadRequest`` says when there is nothing left to do. The library changes their case."""


def chat_error(error: telegram_error.TelegramError) -> ChatError:
    """The error of ours that stands for ``error``."""
    kind, sentence = next(BY_CLASS[base] for base in type(error).__mro__ if base in BY_CLASS)
    said = sentence.format(error=str(error).rstrip("."))
    if isinstance(error, telegram_error.RetryAfter):
        wait = error.retry_after
        return ChatRateLimitError(
            said, wait.total_seconds() if isinstance(wait, timedelta) else wait
        )
    if isinstance(error, telegram_error.BadRequest) and says(error, GONE):
        return ChatBlockedError(said)
    return kind(said)


def says(error: Exception, fragments: tuple[str, ...]) -> bool:
    """Whether the error's text has one of ``fragments`` (in lower case) in it."""
    text = str(error).casefold()
    return any(fragment in text for fragment in fragments)


@contextmanager
def translated() -> Iterator[None]:
    """Raise Telegram's exceptions as ours."""
    try:
        yield
    except telegram_error.InvalidToken as error:
        raise chat_error(error) from None  # its text may be "The token `...` was rejected"
    except telegram_error.TelegramError as error:
        raise chat_error(error) from error
