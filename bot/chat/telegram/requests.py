"""One request to Telegram, tried again while Telegram cannot be reached."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from bot.chat.telegram.errors import translated
from bot.errors import ChatUnreachableError

T = TypeVar("T")

DELAYS_S: Final = (0.5, 2.0, 4.0)
"""Pauses before the second, third and fourth try."""


async def requested(request: Callable[[], Awaitable[T]], delays_s: Sequence[float] = DELAYS_S) -> T:
    """What ``request()`` returns, tried ``1 + len(delays_s)`` times.

    A message whose acknowledgement was lost is sent twice: that is better than an answer that
    never comes, and Telegram has no key that would tell it that both are the same.

    Raises:
        ChatError: what the last try met, or at once what another try would meet again.
    """
    for delay in delays_s:
        try:
            with translated():
                return await request()
        except ChatUnreachableError:
            await asyncio.sleep(delay)
    with translated():
        return await request()
