"""Everything that Storify remembers, in one database."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

import aiosqlite

from bot.store.database import Database
from bot.store.history import History, RecordedStory
from bot.store.inbox import Inbox
from bot.store.migrations import MIGRATIONS
from bot.store.votes import Votes
from bot.types import User, Vote

DATABASE_NAME: Final = "storify.sqlite3"
"""The file in the data folder."""

PERSONAL_TABLES: Final = ("vote", "story", "inbox")
"""Tables with a row per something of somebody, found by ``platform`` and ``user_id``."""


class Store:
    """The rooms of one database: ``votes``, ``history``, ``inbox``. Opened by ``open``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.votes = Votes(database)
        self.history = History(database)
        self.inbox = Inbox(database)

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the database file, made where it is missing.

        Raises:
            StoreError: it cannot be opened, or a newer version of Storify wrote it.
        """
        return cls(await Database.open(path, MIGRATIONS))

    async def close(self) -> None:
        """Finish what is being written, then close."""
        await self._database.close()

    async def forget(self, user: User) -> None:
        """Remove every row of ``user``, at once or not at all."""

        async def delete(connection: aiosqlite.Connection) -> None:
            for table in PERSONAL_TABLES:
                await connection.execute(
                    f"DELETE FROM {table} WHERE platform = ? AND user_id = ?",  # noqa: S608  constants of this file
                    (user.platform, user.id),
                )

        await self._database.transaction(delete)

    async def export(self, user: User) -> dict[str, Any]:
        """Everything kept about ``user``, ready for JSON; the inbox is not kept but passed on."""
        votes, stories = await self.votes.of(user), await self.history.of(user)
        return {
            "votes": [_plain(vote) for vote in votes],
            "stories": [_plain(story) for story in stories],
        }


def _plain(row: Vote | RecordedStory) -> dict[str, Any]:
    return {**asdict(row), "at": row.at.isoformat()}
