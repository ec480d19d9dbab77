import pytest
from telegram import error as telegram_error

from bot.chat.telegram.errors import BY_CLASS, GONE, HARMLESS, chat_error, says, translated
from bot.errors import (
    ChatBlockedError,
    ChatError,
    ChatRateLimitError,
    ChatRequestError,
    ChatUnauthorizedError,
    ChatUnreachableError,
)


def family(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(family(child) for child in kind.__subclasses__()))


def test_every_exception_of_the_library_is_in_the_table() -> None:
    theirs = {k for k in family(telegram_error.TelegramError) if k.__module__ == "telegram.error"}

    assert theirs == set(BY_CLASS)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (telegram_error.InvalidToken(), ChatUnauthorizedError),
        (telegram_error.Forbidden("Forbidden: bot was blocked by the user"), ChatBlockedError),
        (telegram_error.BadRequest("Chat not found"), ChatBlockedError),
        (telegram_error.BadRequest("Message is too long"), ChatRequestError),
        (telegram_error.TimedOut(), ChatUnreachableError),
        (telegram_error.NetworkError("Bad Gateway"), ChatUnreachableError),
        (telegram_error.TelegramError("Invalid server response"), ChatUnreachableError),
        (telegram_error.Conflict("terminated by other getUpdates"), ChatRequestError),
        (telegram_error.ChatMigrated(-100), ChatRequestError),
        (telegram_error.RetryAfter(7), ChatRateLimitError),
    ],
)
def test_an_exception_becomes_ours(
    error: telegram_error.TelegramError, kind: type[ChatError]
) -> None:
    assert type(chat_error(error)) is kind


def test_a_subclass_nobody_knows_yet_counts_as_its_nearest_base() -> None:
    class Newer(telegram_error.BadRequest):
        pass

    assert type(chat_error(Newer("?"))) is ChatRequestError


def test_the_time_to_wait_is_kept() -> None:
    error = chat_error(telegram_error.RetryAfter(7))

    assert isinstance(error, ChatRateLimitError)
    assert error.retry_after == 7.0


@pytest.mark.parametrize(
    "said",
    ["Message is not modified: specified new message content", "Query is too old and response"],
)
def test_texts_are_compared_without_case_because_the_library_changes_it(said: str) -> None:
    assert says(telegram_error.BadRequest(said), HARMLESS)
    assert not says(telegram_error.BadRequest(said), GONE)


def test_a_refused_token_is_not_carried_along() -> None:
    with pytest.raises(ChatUnauthorizedError) as raised, translated():
        raise telegram_error.InvalidToken("The token `4200:secret` was rejected by the server.")

    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    assert "secret" not in str(raised.value)
