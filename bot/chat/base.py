"""What passes between a chat platform, the conversation, and the recommender behind it.

A platform turns what it hears into a ``Story``, a ``Command`` or a ``Press``, hands it to the
``Conversation``, and delivers the ``Reply`` that comes back. Only platforms know how text is sent.
A chat that nobody else reads has the id of its one user.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.types import Recommendation, Story, User, Vote
from inference.fusion import Mood

Change = Literal["more", "happier", "calmer", "livelier", "sadder"]
"""What somebody asks of an answer: other tracks, or a target moved along one axis."""


class Recommender(Protocol):
    """Songs for a story or a mood. Keeps each answer in the store, under its story id.

    Every method may raise a ``StorifyError``.
    """

    async def recommend(self, story: Story, n: int = 5) -> Recommendation:
        """Songs for a photo, a caption, or both.

        Raises:
            InferenceError: the photo cannot be read, or nothing says anything about a mood.
        """
        ...

    async def for_mood(self, user: User, chat: str, mood: Mood, n: int = 5) -> Recommendation:
        """Songs for a mood that was named, without a story."""
        ...

    async def again(self, user: User, chat: str, story_id: str, change: Change) -> Recommendation:
        """Songs for the same story again, changed as asked; the answer has its own story id."""
        ...

    async def vote(self, vote: Vote) -> None:
        """Keep a thumb; it is committed when this returns."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """``/name arguments``, without the slash and without the bot's name."""

    name: str
    arguments: tuple[str, ...]
    user: User
    chat: str
    language_code: str = "en"


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button: ``data`` is what the button was given."""

    data: str
    user: User
    chat: str
    language_code: str = "en"


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a reply. ``data`` comes back in a ``Press``; 1 to 64 bytes of UTF-8."""

    label: str
    data: str


Keyboard = tuple[tuple[Button, ...], ...]
"""Rows of buttons, from the top."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say. ``html`` knows ``<b>``, ``<i>`` and ``<a href>``; the rest is escaped."""

    html: str
    keyboard: Keyboard = ()
    preview_url: str | None = None
    """The link to show as a card, if any."""


@dataclass(frozen=True, slots=True)
class PressReply:
    """What a press leads to: a short notice in plain text, a new keyboard, a message of its own."""

    notice: str
    keyboard: Keyboard | None = None
    reply: Reply | None = None
