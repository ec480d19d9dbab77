"""Thumbs: one per user and track, the last one wins."""

import sqlite3
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Literal

from bot.store.database import Database
from bot.types import User, Vote

_COLUMNS = "platform, user_id, track_id, story_id, rank, value, at"


class Votes:
    """The ``vote`` table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, vote: Vote) -> None:
        """Keep ``vote`` in place of this user's former one on the track; committed on return."""
        await self._database.execute(
            f"""
            INSERT INTO vote ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (platform, user_id, track_id) DO UPDATE SET
                story_id = excluded.story_id, rank = excluded.rank,
                value = excluded.value, at = excluded.at
            """,  # noqa: S608  a constant of this file
            (
                vote.user.platform,
                vote.user.id,
                vote.track_id,
                vote.story_id,
                vote.rank,
                vote.value,
                vote.at.isoformat(),
            ),
        )

    async def of(self, user: User) -> tuple[Vote, ...]:
        """All votes of ``user``, the oldest first."""
        rows = await self._database.fetch(
            f"SELECT {_COLUMNS} FROM vote WHERE platform = ? AND user_id = ? ORDER BY at, track_id",  # noqa: S608  a constant of this file
            (user.platform, user.id),
        )
        return tuple(_vote(row) for row in rows)

    async def on(self, user: User, track_ids: Collection[str]) -> Mapping[str, Literal[-1, 1]]:
        """The votes of ``user`` on some tracks, by track id; without those that have none."""
        marks = ", ".join("?" * len(track_ids))
        rows = await self._database.fetch(
            "SELECT track_id, value FROM vote WHERE platform = ? AND user_id = ? "  # noqa: S608  question marks
            f"AND track_id IN ({marks})",
            (user.platform, user.id, *track_ids),
        )
        return {row[0]: row[1] for row in rows}


def _vote(row: sqlite3.Row) -> Vote:
    platform, user_id, track_id, story_id, rank, value, at = row
    return Vote(
        User(platform, user_id), track_id, story_id, rank, value, datetime.fromisoformat(at)
    )
