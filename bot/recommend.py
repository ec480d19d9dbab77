"""The main job: a story or a named mood to tracks that fit, recorded so that thumbs can count."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Final, Literal

import numpy as np

from bot.catalog import Catalog
from bot.errors import NoTracksError, StoreError
from bot.ranking import NO_TASTE, Taste, pool_size, rerank
from bot.store import Asked, Store, new_story_id
from bot.types import RankedTrack, Recommendation, Story, User, Vote
from inference.analyzer import Analyzer
from inference.fusion import Mood
from inference.target import Direction, MusicTarget, music_target, step

PARALLEL_STORIES: Final = 2
"""How many stories are read at once; more would only make each of them slower."""


def pick(
    catalog: Catalog,
    mood: Mood,
    target: MusicTarget,
    taste: Taste = NO_TASTE,
    n: int = 5,
    *,
    rng: np.random.Generator | None = None,
) -> tuple[RankedTrack, ...]:
    """Up to ``n`` tracks near the target that suit this taste, each with its reason.

    Tracks shown before come back only where too few others are left. Without ``rng`` the same
    question gets the same answer. Raises ``NoTracksError``.
    """
    size = pool_size(mood)
    with suppress(NoTracksError):
        unseen = catalog.nearest(target, size, exclude=taste.disliked_tracks | taste.shown)
        tracks = rerank(unseen, mood, target, taste, n, rng=rng)
        if len(tracks) == n:
            return tracks
    anything = catalog.nearest(target, size, exclude=taste.disliked_tracks)
    return rerank(anything, mood, target, taste, n, rng=rng)


def answer_once(analyzer: Analyzer, catalog: Catalog, story: Story, n: int = 5) -> Recommendation:
    """The answer to a story without a database: no taste, no memory, no chance.

    Raises ``InferenceError`` for a story that cannot be read, and ``NoTracksError``.
    """
    started = time.perf_counter()
    analysis = analyzer.analyze(story.photo, story.caption)
    target = music_target(analysis.mood)
    before_pick = time.perf_counter()
    tracks = pick(catalog, analysis.mood, target, n=n)
    elapsed = {**analysis.elapsed_ms, "pick": _ms_since(before_pick), "total": _ms_since(started)}
    return Recommendation(story.id, analysis.mood, target, tracks, elapsed)


class StoryRecommender:
    """Answers stories for every chat platform. Inference and picking run off the event loop."""

    def __init__(
        self, analyzer: Analyzer, catalog: Catalog, store: Store, *, seed: int | None = None
    ) -> None:
        """``seed`` makes its choices among near equals repeatable."""
        self._analyzer = analyzer
        self._catalog = catalog
        self._store = store
        self._readers = ThreadPoolExecutor(PARALLEL_STORIES, thread_name_prefix="story")
        # Of its own, lest a button wait behind photos that are being read.
        self._pickers = ThreadPoolExecutor(1, thread_name_prefix="pick")
        self._rng = np.random.default_rng(seed)

    def close(self) -> None:
        """Ends the threads, after what they are doing."""
        self._readers.shutdown()
        self._pickers.shutdown()

    async def recommend(self, story: Story, n: int = 5) -> Recommendation:
        """Songs for a photo, a caption, or both.

        Raises ``InferenceError`` for a story that cannot be read, and ``StorifyError``.
        """
        started = time.perf_counter()
        loop = asyncio.get_running_loop()
        analysis = await loop.run_in_executor(
            self._readers, self._analyzer.analyze, story.photo, story.caption
        )
        return await self._answer(
            Recommendation(
                story.id,
                analysis.mood,
                music_target(analysis.mood),
                (),
                analysis.elapsed_ms,
            ),
            user=story.user,
            chat=story.chat,
            asked="story",
            n=n,
            started=started,
        )

    async def for_mood(self, user: User, chat: str, mood: Mood, n: int = 5) -> Recommendation:
        """Songs for a mood that was named, without a story. Raises ``StorifyError``."""
        question = Recommendation(new_story_id(), mood, music_target(mood), (), {})
        return await self._answer(question, user=user, chat=chat, asked="mood", n=n)

    async def again(
        self,
        user: User,
        chat: str,
        story_id: str,
        change: Literal["more"] | Direction,
        n: int = 5,
    ) -> Recommendation:
        """Songs for an answered story again: others, or with the target moved as asked.

        Raises ``StorifyError``, a ``StoreError`` if there is no such story.
        """
        story = await self._store.history.get(story_id)
        if story is None:
            raise StoreError("This story is no longer known; send the photo again.")
        target = story.target if change == "more" else step(story.target, change)
        question = Recommendation(new_story_id(), story.mood, target, (), {})
        return await self._answer(question, user=user, chat=chat, asked=change, n=n)

    async def vote(self, vote: Vote) -> None:
        """Keeps a thumb; it is committed when this returns. Raises ``StoreError``."""
        await self._store.votes.put(vote)

    async def _answer(
        self,
        question: Recommendation,
        *,
        user: User,
        chat: str,
        asked: Asked,
        n: int,
        started: float | None = None,
    ) -> Recommendation:
        """Fills in the tracks, and records what was offered before anybody can see it."""
        before_pick = time.perf_counter()
        votes = await self._store.votes.of(user)
        shown = await self._store.history.shown(user)
        tracks = await asyncio.get_running_loop().run_in_executor(
            self._pickers, self._pick, question, votes, shown, n
        )
        elapsed = {
            **question.elapsed_ms,
            "pick": _ms_since(before_pick),
            "total": _ms_since(started or before_pick),
        }
        answer = replace(question, tracks=tracks, elapsed_ms=elapsed)
        await self._store.history.record(user, chat, answer, asked)
        return answer

    def _pick(
        self, question: Recommendation, votes: tuple[Vote, ...], shown: frozenset[str], n: int
    ) -> tuple[RankedTrack, ...]:
        taste = Taste.from_votes(votes, shown, self._artists_of)
        return pick(self._catalog, question.mood, question.target, taste, n, rng=self._rng)

    def _artists_of(self, track_id: str) -> tuple[str, ...]:
        track = self._catalog.track(track_id)
        return track.artists if track else ()


def _ms_since(started: float) -> float:
    return round(1000 * (time.perf_counter() - started), 2)
