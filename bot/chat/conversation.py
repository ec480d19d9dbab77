"""What is said to what, on every platform: stories, commands and buttons in, replies out."""

import logging
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from bot.chat import replies
from bot.chat.base import Change, Command, Press, PressReply, Recommender, Reply
from bot.chat.callbacks import ChangeButton, VoteButton, decode
from bot.chat.mood_request import requested_mood
from bot.chat.wording import Wording, wording
from bot.errors import NoTracksError, StorifyError, UnknownMoodError
from bot.store import RecordedStory, Store
from bot.types import Recommendation, Story, User, Vote
from inference.errors import ImageError, InferenceError, NoEvidenceError

logger = logging.getLogger(__name__)

_SPOKEN: Final = (StorifyError, InferenceError)
"""What carries a sentence for a person. Anything else is a fault, and the platform's to catch."""

_EXPECTED: Final = (ImageError, NoEvidenceError, NoTracksError, UnknownMoodError)
"""Of these, what comes of what was sent; the operator has nothing to mend."""


class Conversation:
    """Answers people with what the recommender finds and the store remembers."""

    def __init__(self, recommender: Recommender, store: Store) -> None:
        self._recommender = recommender
        self._store = store

    async def story(self, story: Story) -> Reply:
        """The songs for a photo, a caption, or both; or one sentence on why there are none."""
        words = wording(story.language_code)
        try:
            recommendation = await self._recommender.recommend(story)
            return await self._answer(recommendation, story.user, story.chat, words)
        except _SPOKEN as error:
            return replies.sentence(_told(error))

    async def command(self, command: Command) -> Reply:
        """The answer to ``/start``, ``/help``, ``/mood``, or to a command that there is not."""
        words = wording(command.language_code)
        try:
            match command.name:
                case "start" | "help" as name:
                    return Reply(words.html(name))
                case "mood":
                    return await self._mood(command, words)
                case _:
                    return Reply(words.html("command.unknown"))
        except _SPOKEN as error:
            return replies.sentence(_told(error))

    async def press(self, press: Press) -> PressReply:
        """What a button does. A thumb is committed to the store when this returns."""
        words = wording(press.language_code)
        button = decode(press.data)
        try:
            story = await self._store.history.get(button.story_id) if button else None
            if button is None or story is None or story.chat != press.chat:
                return PressReply(words.plain("press.gone"))
            match button:
                case VoteButton():
                    return await self._vote(button, story, press.user, words)
                case ChangeButton(change=change):
                    return await self._change(change, story, press.user, words)
        except _SPOKEN as error:
            return PressReply(_told(error))

    async def _mood(self, command: Command, words: Wording) -> Reply:
        user, chat = command.user, command.chat
        if not command.arguments:
            return replies.last_mood(await self._store.history.last(user, chat), words)
        mood = requested_mood(command.arguments, words)
        recommendation = await self._recommender.for_mood(user, chat, mood)
        return await self._answer(recommendation, user, chat, words)

    async def _answer(
        self,
        recommendation: Recommendation,
        user: User,
        chat: str,
        words: Wording,
        change: Change | None = None,
    ) -> Reply:
        tracks = [ranked.track.id for ranked in recommendation.tracks]
        votes = await self._visible_votes(user, chat, tracks)
        return replies.answer(recommendation, votes, words, change)

    async def _change(
        self, change: Change, story: RecordedStory, user: User, words: Wording
    ) -> PressReply:
        recommendation = await self._recommender.again(user, story.chat, story.id, change)
        reply = await self._answer(recommendation, user, story.chat, words, change)
        return PressReply(words.plain("press.changed"), reply=reply)

    async def _vote(
        self, button: VoteButton, story: RecordedStory, user: User, words: Wording
    ) -> PressReply:
        tracks = {offer.rank: offer.track_id for offer in story.offers}
        track_id = tracks.get(button.rank)
        if track_id is None:
            return PressReply(words.plain("press.gone"))
        before = await self._store.votes.on(user, [track_id])
        if before.get(track_id) == button.value:
            notice = words.plain("voted.again")
        else:
            now = datetime.now(UTC)
            vote = Vote(user, track_id, story.id, button.rank, button.value, now)
            await self._recommender.vote(vote)
            key = "voted.up" if button.value > 0 else "voted.down"
            notice = words.plain(key, rank=button.rank)
        if not _alone(user, story.chat):
            return PressReply(notice)
        votes = await self._store.votes.on(user, tracks.values())
        return PressReply(notice, replies.keyboard(story.id, tracks, votes, words))

    async def _visible_votes(self, user: User, chat: str, tracks: Collection[str]) -> replies.Votes:
        # Others read along in a group: nobody's thumbs are shown there.
        return await self._store.votes.on(user, tracks) if _alone(user, chat) else {}


def _alone(user: User, chat: str) -> bool:
    """Whether nobody else reads this chat, which then has the id of its one user."""
    return chat == user.id


def _told(error: Exception) -> str:
    if isinstance(error, _EXPECTED):
        logger.info("Answered with a %s", type(error).__name__)  # its words may quote a person's
    else:
        logger.error("Answered with a %s", type(error).__name__, exc_info=error)
    return str(error)
