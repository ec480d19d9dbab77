import pytest
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError, TimedOut

from bot.chat.telegram.requests import requested
from bot.errors import (
    ChatError,
    ChatRequestError,
    ChatUnauthorizedError,
    ChatUnreachableError,
)


class Line:
    """A connection that meets these errors, one a request, and then works."""

    def __init__(self, *errors: TelegramError) -> None:
        self.errors = list(errors)
        self.requests = 0

    async def request(self) -> str:
        self.requests += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


async def test_a_request_is_tried_again_until_telegram_answers() -> None:
    line = Line(NetworkError("Bad Gateway"), TimedOut())

    assert await requested(line.request, delays_s=(0, 0, 0)) == "answer"
    assert line.requests == 3


async def test_a_request_is_given_up_after_the_last_pause() -> None:
    line = Line(*[TimedOut()] * 9)
    with pytest.raises(ChatUnreachableError):
        await requested(line.request, delays_s=(0, 0, 0))

    assert line.requests == 4


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadRequest("Message is too long"), ChatRequestError),
        (InvalidToken(), ChatUnauthorizedError),
    ],
)
async def test_what_would_be_refused_again_is_asked_once(
    error: TelegramError, kind: type[ChatError]
) -> None:
    line = Line(error)
    with pytest.raises(kind):
        await requested(line.request, delays_s=(0, 0, 0))

    assert line.requests == 1
