"""Updates of a chat platform that are accepted and not yet answered.

A row lives from the moment the platform may forget an update until its answer was sent: what is
open when the process dies is answered after the next start. Beside it stands a receipt, a bare
number that outlives the row, so that an update delivered twice is taken once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import aiosqlite

from bot.store.database import Database
from bot.types import User

_RECEIPTS_KEPT: Final = timedelta(days=2)
"""Longer than a platform offers an update again: on Telegram 24 hours (Bot API, November 2026)."""


@dataclass(frozen=True, slots=True)
class OpenUpdate:
    """What somebody sent, as their platform put it: ``payload`` may hold their words."""

    id: int
    """The platform's own number of the update."""
    user: User
    payload: str = field(repr=False)
    begun: int = 0
    """How often its answer was begun."""


class Inbox:
    """The ``inbox`` and ``receipt`` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, updates: Sequence[OpenUpdate]) -> None:
        """Keep those that were never put before, all or none; committed on return."""
        now = datetime.now(UTC)

        async def write(connection: aiosqlite.Connection) -> None:
            expired = (now - _RECEIPTS_KEPT).isoformat()
            await connection.execute("DELETE FROM receipt WHERE at < ?", (expired,))
            for update in updates:
                receipt = await connection.execute(
                    "INSERT INTO receipt (platform, update_id, at) VALUES (?, ?, ?) "
                    "ON CONFLICT DO NOTHING",
                    (update.user.platform, update.id, now.isoformat()),
                )
                if receipt.rowcount:
                    await connection.execute(
                        "INSERT INTO inbox (platform, update_id, user_id, payload) "
                        "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                        (update.user.platform, update.id, update.user.id, update.payload),
                    )

        await self._database.transaction(write)

    async def unanswered(self, platform: str) -> tuple[OpenUpdate, ...]:
        """All that is open, in the order in which it came."""
        rows = await self._database.fetch(
            "SELECT update_id, user_id, payload, begun FROM inbox WHERE platform = ? "
            "ORDER BY number",
            (platform,),
        )
        return tuple(
            OpenUpdate(update_id, User(platform, user_id), payload, begun)
            for update_id, user_id, payload, begun in rows
        )

    async def begin(self, platform: str, update_id: int) -> None:
        """Count one more try to answer; committed on return, so one that kills us is known."""
        await self._database.execute(
            "UPDATE inbox SET begun = begun + 1 WHERE platform = ? AND update_id = ?",
            (platform, update_id),
        )

    async def remove(self, platform: str, update_ids: Collection[int]) -> None:
        """Drop what was answered, or given up; committed on return."""
        marks = ", ".join("?" * len(update_ids))
        await self._database.execute(
            f"DELETE FROM inbox WHERE platform = ? AND update_id IN ({marks})",  # noqa: S608  question marks
            (platform, *update_ids),
        )
