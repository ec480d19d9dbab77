"""A recommender with a table of ten songs, for tests of what stands in front of it."""

from datetime import UTC, datetime
from typing import Final

from bot.chat.base import Change
from bot.store import Asked, Store, new_story_id
from bot.types import RankedTrack, Recommendation, Story, Track, User, Vote
from inference.errors import NoEvidenceError, UnreadableImageError
from inference.fusion import Evidence, Mood
from inference.target import MusicTarget

NOW: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

TRACKS: Final = tuple(
    Track(
        id=f"{number:022d}",
        title=f"Song <{number}> & Co",
        artists=(f"Artist {number}", "Guest"),
        valence=number / 10,
        energy=0.5,
    )
    for number in range(10)
)

JPEG: Final = b"\xff\xd8\xff" + b"pixels" * 200
"""What this recommender takes for a photo."""

_STEPS: Final = {"happier": 0.2, "calmer": 0.0, "livelier": 0.0, "sadder": -0.2, "more": 0.0}


def mood(valence: float = 0.8, arousal: float = 0.6, caption: float = 0.8) -> Mood:
    """A mood read from a smile and a caption of the given valence."""
    return Mood(
        valence,
        arousal,
        spread=0.1,
        label="bright and lively",
        evidence=(
            Evidence("face", "happy", 0.9, 0.6, sigma=0.1, weight=0.6),
            Evidence(
                "caption",
                "upbeat" if caption > 0.5 else "sad",
                caption,
                0.6,
                sigma=0.12,
                weight=0.4,
            ),
        ),
    )


def recommendation(
    story_id: str, read: Mood, shown: frozenset[str] = frozenset()
) -> Recommendation:
    """Five songs near ``read`` that are not among ``shown``, while there are any."""
    ordered = sorted(
        TRACKS, key=lambda track: (track.id in shown, abs(track.valence - read.valence))
    )
    ranked = tuple(
        RankedTrack(track, rank, 1.0 / rank, f"valence {track.valence:.2f} sits near")
        for rank, track in enumerate(ordered[:5], start=1)
    )
    target = MusicTarget(read.valence, read.arousal)
    return Recommendation(story_id, read, target, ranked, {"total": 1.0})


class TableRecommender:
    """Takes ``JPEG`` for a happy photo, every other photo for a damaged one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.stories: list[Story] = []

    async def recommend(self, story: Story, n: int = 5) -> Recommendation:
        self.stories.append(story)
        if story.photo is not None and story.photo != JPEG:
            raise UnreadableImageError("This file is not a photo that can be read.")
        if story.photo is None and not story.caption.strip():
            raise NoEvidenceError("There is nothing here to read a mood from.")
        caption = 0.2 if "sad" in story.caption else 0.8
        return await self._kept(story.user, story.chat, story.id, mood(caption=caption), "story")

    async def for_mood(self, user: User, chat: str, mood: Mood, n: int = 5) -> Recommendation:
        return await self._kept(user, chat, new_story_id(), mood, "mood")

    async def again(self, user: User, chat: str, story_id: str, change: Change) -> Recommendation:
        story = await self._store.history.get(story_id)
        assert story is not None
        read = story.mood
        valence = min(max(read.valence + _STEPS[change], 0.0), 1.0)
        moved = Mood(valence, read.arousal, read.spread, read.label, read.evidence)
        return await self._kept(user, chat, new_story_id(), moved, change)

    async def vote(self, vote: Vote) -> None:
        await self._store.votes.put(vote)

    async def _kept(
        self, user: User, chat: str, story_id: str, read: Mood, asked: Asked
    ) -> Recommendation:
        found = recommendation(story_id, read, await self._store.history.shown(user))
        await self._store.history.record(user, chat, found, asked)
        return found
