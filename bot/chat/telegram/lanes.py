"""Whose turn it is: everybody in a lane of their own, the costly work through a few gates."""

import asyncio
import inspect
from collections.abc import Awaitable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Final
from weakref import WeakValueDictionary

from telegram import Update
from telegram.ext import BaseUpdateProcessor

STORIES_AT_ONCE: Final = 8
"""Stories that may be fetched, read and answered at the same time."""

_UNBOUNDED: Final = 100_000
"""The library's own bound counts those who wait in a lane, so one person could fill it."""


class Lanes(BaseUpdateProcessor):
    """One person's updates in their order, different people's side by side.

    Order makes the last of two quick thumbs the one that counts. Only stories pass the gates, so
    commands and buttons never wait for other people's photos.
    """

    def __init__(self, stories_at_once: int = STORIES_AT_ONCE) -> None:
        super().__init__(_UNBOUNDED)
        self._gates = asyncio.Semaphore(stories_at_once)
        self._lanes: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._busy: set[asyncio.Task[Any]] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Await ``coroutine`` when it is the update's turn."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  always so inside a coroutine; for the type checker
        self._busy.add(task)
        try:
            async with self._lane(update), self._gate(update):
                await coroutine
        finally:
            self._busy.discard(task)
            if inspect.iscoroutine(coroutine):
                coroutine.close()  # one that was cancelled in the lane has not begun

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Cut off whatever is still at work."""
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    def _lane(self, update: object) -> AbstractAsyncContextManager[object]:
        user = update.effective_user if isinstance(update, Update) else None
        if user is None:
            return nullcontext()
        return self._lanes.setdefault(user.id, asyncio.Lock())  # gone with the last who waits

    def _gate(self, update: object) -> AbstractAsyncContextManager[object]:
        message = update.message if isinstance(update, Update) else None
        is_story = message is not None and bool(message.photo or message.document)
        return self._gates if is_story else nullcontext()
