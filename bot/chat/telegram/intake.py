"""The way of an update: into the inbox, in its turn to the adapter, and out once it is answered."""

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Final

from telegram import Bot, Update

from bot.chat.telegram.adapter import PLATFORM, TelegramAdapter
from bot.chat.telegram.lanes import Lanes
from bot.errors import ChatError, StoreError
from bot.store import Inbox, OpenUpdate
from bot.types import User

logger = logging.getLogger(__name__)

MAX_BEGUN: Final = 6
"""How often an answer is begun before it is given up: once among others, five times by itself.

Fewer would do for an update that kills the process; but who kills the process from outside, time
and again, hits some update thrice, which should be answered nevertheless.
"""

RETRY_S: Final = 30.0
"""How long an answer rests that did not reach Telegram, lest a short outage use up its tries."""


class Intake:
    """Answers all that the inbox holds, what an earlier process left there included."""

    def __init__(self, adapter: TelegramAdapter, bot: Bot, inbox: Inbox) -> None:
        self._adapter = adapter
        self._bot = bot
        self._inbox = inbox
        self._lanes = Lanes()
        self._tasks: set[asyncio.Task[None]] = set()
        self._taken: set[int] = set()
        self._answered: set[int] = set()

    async def deliver(self, updates: Sequence[Update] = ()) -> None:
        """Keep the updates that are for us, then begin with everything that lies open.

        Telegram may forget them when this returns. Called after each poll, which shows that
        Telegram can be reached: what was left open for want of that is tried again.

        Raises:
            StoreError: they are not kept.
        """
        heard = [_open(update) for update in updates if self._adapter.hears(update)]
        if heard:
            await self._inbox.put(heard)
        await self._clear()
        taken = frozenset(self._taken)  # before the look: what it shows may be answered after it
        for update in _least_tried_first(await self._inbox.unanswered(PLATFORM)):
            if update.id not in taken:
                self._take(update)

    async def finish(self, within_s: float) -> None:
        """Wait for the answers in hand; what takes longer is cut off and stays in the inbox."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=within_s)
        for task in late:
            task.cancel()
        if late:
            logger.warning("Left %d answers open that took longer than %g s", len(late), within_s)
            await asyncio.wait(late)

    def _take(self, update: OpenUpdate) -> None:
        self._taken.add(update.id)
        task = asyncio.create_task(self._see_to(update))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _see_to(self, open_update: OpenUpdate) -> None:
        update = Update.de_json(json.loads(open_update.payload), self._bot)
        async with self._lanes.turn(update, begun_before=open_update.begun > 0):
            try:
                await self._begin(open_update)
                if open_update.begun < MAX_BEGUN:
                    await self._adapter.answer(update)
                else:
                    await self._adapter.give_up(update)
            except ChatError as error:
                logger.warning("An answer stays open, to be tried again: %s", error)
                loop = asyncio.get_running_loop()
                loop.call_later(RETRY_S, self._taken.discard, open_update.id)
                return
            self._answered.add(open_update.id)
            try:
                await self._clear()
            except StoreError as error:
                logger.warning("What was answered is still in the inbox: %s", error)

    async def _begin(self, update: OpenUpdate) -> None:
        try:
            await self._inbox.begin(PLATFORM, update.id)
        except StoreError as error:
            logger.warning("An answer is begun without being counted: %s", error)

    async def _clear(self) -> None:
        """Take what was answered out of the inbox; what cannot be taken out now is with the next.

        Raises:
            StoreError: none was taken out.
        """
        answered = frozenset(self._answered)
        if answered:
            await self._inbox.remove(PLATFORM, answered)
            self._answered -= answered
            self._taken -= answered


def _least_tried_first(updates: Sequence[OpenUpdate]) -> list[OpenUpdate]:
    """By how often the first of each person was begun; one person's stay in their order.

    Who comes first is hit by most kills from outside, so it should not be the same every time.
    """
    begun: dict[User, int] = {}
    for update in updates:
        begun.setdefault(update.user, update.begun)
    return sorted(updates, key=lambda update: begun[update.user])


def _open(update: Update) -> OpenUpdate:
    sender = update.effective_user
    assert sender is not None  # noqa: S101  nobody is heard who is not there; for the type checker
    return OpenUpdate(update.update_id, User(PLATFORM, str(sender.id)), update.to_json())
