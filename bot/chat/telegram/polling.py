"""Updates from Telegram by long polling, through every outage but a refused token."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from telegram import Bot, Update

from bot.chat.telegram.errors import translated
from bot.errors import ChatRateLimitError, ChatUnauthorizedError, StorifyError

logger = logging.getLogger(__name__)

ALLOWED_UPDATES: Final = ("message", "callback_query")

_POLL_S: Final = 10
"""How long Telegram holds a request open when there is nothing new."""

_PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0)
"""Pauses after the first, second, third failure in a row; the last for all that follow."""

Deliver = Callable[[Sequence[Update]], Awaitable[None]]
"""Takes charge of updates, or of none. Telegram may forget them after it has returned."""


class Poller:
    """Asks for updates and hands them on, each batch acknowledged by asking for the next."""

    def __init__(self, bot: Bot, deliver: Deliver) -> None:
        self._bot = bot
        self._deliver = deliver
        self._offset = 0

    async def run(self) -> None:
        """Poll until cancelled. Updates that cannot be delivered are asked for again.

        Raises:
            ChatUnauthorizedError: the token is wrong or was revoked; nothing else ends it.
        """
        outage = Outage("receive updates")
        wait_s = 0  # what was left open by an earlier process does not wait for news
        while True:
            try:
                updates = await self._ask(wait_s)
                await self._deliver(updates)
            except StorifyError as error:
                await outage.wait_after(error)
                continue
            outage.over()
            wait_s = _POLL_S
            if updates:
                self._offset = updates[-1].update_id + 1

    async def _ask(self, wait_s: int) -> Sequence[Update]:
        with translated():
            return await self._bot.get_updates(
                offset=self._offset, timeout=wait_s, allowed_updates=ALLOWED_UPDATES
            )


class Outage:
    """Failures in a row: said once when it begins and once when it is over, waited out between."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._failures = 0

    async def wait_after(self, error: StorifyError) -> None:
        """Pause after a failure.

        Raises:
            ChatUnauthorizedError: ``error`` is one: no waiting will help.
        """
        if isinstance(error, ChatUnauthorizedError):
            raise error
        if not self._failures:
            logger.warning("Cannot %s, and keep trying: %s", self._doing, error)
        pause = _PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)]
        self._failures += 1
        if isinstance(error, ChatRateLimitError):
            pause = max(pause, error.retry_after)
        await asyncio.sleep(pause)

    def over(self) -> None:
        """Note that it works again."""
        if self._failures:
            logger.info("Can %s again, after %d failures", self._doing, self._failures)
        self._failures = 0
