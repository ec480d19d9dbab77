"""Whose turn it is: everybody in a lane of their own, the costly work through a few gates."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Final
from weakref import WeakValueDictionary

from telegram import Update

STORIES_AT_ONCE: Final = 8
"""Stories that may be fetched, read and answered at the same time."""


class Lanes:
    """One person's updates in their order, different people's side by side.

    Order makes the last of two quick thumbs the one that counts. Only stories pass the gates, so
    commands and buttons never wait for other people's photos. What was begun before and not
    answered goes one at a time: it may have been in hand when the process died, and so the one
    that kills it is told from those that were only beside it.
    """

    def __init__(self, stories_at_once: int = STORIES_AT_ONCE) -> None:
        self._gates = asyncio.Semaphore(stories_at_once)
        self._retries = asyncio.Lock()
        self._lanes: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, update: Update, *, begun_before: bool = False) -> AsyncIterator[None]:
        """Wait for the update's turn, and hold up who comes after it until the end of the block."""
        # Always in this order, and nobody waits for a lane behind a gate: no two wait in a circle.
        async with (
            self._lane(update),
            self._retries if begun_before else nullcontext(),
            self._gate(update),
        ):
            yield

    def _lane(self, update: Update) -> AbstractAsyncContextManager[object]:
        user = update.effective_user
        if user is None:
            return nullcontext()
        return self._lanes.setdefault(user.id, asyncio.Lock())  # gone with the last who waits

    def _gate(self, update: Update) -> AbstractAsyncContextManager[object]:
        message = update.message
        is_story = message is not None and bool(message.photo or message.document)
        return self._gates if is_story else nullcontext()
