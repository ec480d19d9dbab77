"""What was suggested to whom: the mood in numbers and the tracks by id. No caption, no photo."""

import json
import secrets
import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Final, Literal

import aiosqlite

from bot.store.database import Database
from bot.types import Recommendation, User
from inference.fusion import Evidence, Mood
from inference.target import MusicTarget

Asked = Literal["story", "mood", "more", "happier", "calmer", "livelier", "sadder"]
"""What an answer was given to: a photo or caption, a named mood, or a button under an answer."""

SHOWN_LIMIT: Final = 200
"""How many of the tracks offered last count as shown: 40 answers of five."""

_STORY_COLUMNS: Final = (
    "id, platform, user_id, chat, asked, at, valence, arousal, spread, label, evidence, "
    "target_valence, target_energy"
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A track as it was offered: ``rank`` from 1, ``score`` (higher is better), and the reason."""

    track_id: str
    rank: int
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class RecordedStory:
    """An answer as it was given. ``at`` is in UTC."""

    id: str
    user: User
    chat: str
    asked: Asked
    at: datetime
    mood: Mood
    target: MusicTarget
    offers: tuple[Offer, ...]


def new_story_id() -> str:
    """A fresh id for a story: 12 letters that nobody can guess, short enough for a button."""
    return secrets.token_urlsafe(9)


class History:
    """The ``story`` and ``offer`` tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self, user: User, chat: str, recommendation: Recommendation, asked: Asked
    ) -> None:
        """Keep an answer; one under the same story id is replaced. Committed on return."""
        mood, target = recommendation.mood, recommendation.target
        story = (
            recommendation.story_id, user.platform, user.id, chat, asked,
            datetime.now(UTC).isoformat(), mood.valence, mood.arousal, mood.spread, mood.label,
            _evidence_json(mood), target.valence, target.energy,
        )  # fmt: skip
        offers = [(t.rank, t.track.id, t.score, t.reason) for t in recommendation.tracks]

        async def write(connection: aiosqlite.Connection) -> None:
            await connection.execute("DELETE FROM story WHERE id = ?", story[:1])
            marks = ", ".join("?" * len(story))
            cursor = await connection.execute(
                f"INSERT INTO story ({_STORY_COLUMNS}) VALUES ({marks})",  # noqa: S608  constants of this file
                story,
            )
            await connection.executemany(
                "INSERT INTO offer (story, rank, track_id, score, reason) VALUES (?, ?, ?, ?, ?)",
                [(cursor.lastrowid, *offer) for offer in offers],
            )

        await self._database.transaction(write)

    async def get(self, story_id: str) -> RecordedStory | None:
        """The answer under this id, or ``None``."""
        stories = await self._stories("id = ?", (story_id,), limit=1)
        return stories[0] if stories else None

    async def last(self, user: User, chat: str) -> RecordedStory | None:
        """The latest answer that ``user`` got in ``chat``, or ``None``."""
        condition = "platform = ? AND user_id = ? AND chat = ?"
        stories = await self._stories(condition, (user.platform, user.id, chat), limit=1)
        return stories[0] if stories else None

    async def of(self, user: User) -> tuple[RecordedStory, ...]:
        """All answers that ``user`` got, the latest first."""
        return await self._stories("platform = ? AND user_id = ?", (user.platform, user.id))

    async def shown(self, user: User, limit: int = SHOWN_LIMIT) -> frozenset[str]:
        """The ids of the tracks offered to ``user`` last, at most ``limit`` of them."""
        rows = await self._database.fetch(
            "SELECT track_id FROM offer JOIN story ON offer.story = story.number "
            "WHERE platform = ? AND user_id = ? ORDER BY number DESC, rank LIMIT ?",
            (user.platform, user.id, limit),
        )
        return frozenset(row[0] for row in rows)

    async def _stories(
        self, condition: str, parameters: tuple[str, ...], limit: int = -1
    ) -> tuple[RecordedStory, ...]:
        # One statement for the stories and their offers: they are of the same moment.
        rows = await self._database.fetch(
            f"SELECT {_STORY_COLUMNS}, track_id, rank, score, reason FROM "  # noqa: S608  constants of this file
            f"(SELECT * FROM story WHERE {condition} ORDER BY number DESC LIMIT ?) "
            "LEFT JOIN offer ON story = number ORDER BY number DESC, rank",
            (*parameters, limit),
        )
        return tuple(_recorded(list(group)) for _, group in groupby(rows, key=itemgetter(0)))


def _recorded(rows: list[sqlite3.Row]) -> RecordedStory:
    story_id, platform, user_id, chat, asked, at = rows[0][:6]
    valence, arousal, spread, label, evidence, target_valence, target_energy = rows[0][6:13]
    return RecordedStory(
        id=story_id,
        user=User(platform, user_id),
        chat=chat,
        asked=asked,
        at=datetime.fromisoformat(at),
        mood=Mood(valence, arousal, spread, label, _evidence(evidence)),
        target=MusicTarget(target_valence, target_energy),
        offers=tuple(Offer(*row[13:]) for row in rows if row[13] is not None),
    )


def _evidence_json(mood: Mood) -> str:
    return json.dumps([asdict(evidence) for evidence in mood.evidence], ensure_ascii=False)


def _evidence(text: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(**fields) for fields in json.loads(text))
