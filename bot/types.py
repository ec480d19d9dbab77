"""The values that pass between the rooms of the bot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from inference.fusion import Mood
from inference.target import MusicTarget


@dataclass(frozen=True, slots=True)
class User:
    """Somebody on a chat platform, by that platform's own id."""

    platform: str
    id: str


@dataclass(frozen=True, slots=True)
class Story:
    """What somebody sent: a photo, a caption, or both. The photo is never stored or logged."""

    id: str
    user: User
    chat: str
    photo: bytes | None = field(default=None, repr=False)
    caption: str = field(default="", repr=False)
    language_code: str = "en"


@dataclass(frozen=True, slots=True)
class Track:
    """A song under its Spotify id. ``valence`` and ``energy`` are 0 to 1, on Spotify's scale."""

    id: str
    title: str
    artists: tuple[str, ...]
    valence: float
    energy: float
    album: str = ""
    year: int | None = None
    genres: tuple[str, ...] = ()
    explicit: bool = False
    popularity: int = 0
    """0 to 100, as Spotify gave it when the table was made."""
    isrc: str | None = None

    @property
    def url(self) -> str:
        """The track's page, which opens in Spotify's app where there is one."""
        return f"https://open.spotify.com/track/{self.id}"


@dataclass(frozen=True, slots=True)
class RankedTrack:
    """A track on offer: ``rank`` from 1, ``score`` (higher is better), and one true reason."""

    track: Track
    rank: int
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The answer to one story, or to a mood asked for without one."""

    story_id: str
    mood: Mood
    target: MusicTarget
    tracks: tuple[RankedTrack, ...]
    elapsed_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Vote:
    """A thumb up (+1) or down (-1) on a track that was offered at ``rank`` for a story."""

    user: User
    track_id: str
    story_id: str
    rank: int
    value: Literal[-1, 1]
    at: datetime
    """With time zone, UTC."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which tracks somebody wants to hear at all. Empty sets and ``None`` mean no restriction."""

    languages: frozenset[str] = frozenset()
    genres: frozenset[str] = frozenset()
    years: tuple[int, int] | None = None
    """First and last year, both included."""
    allow_explicit: bool = True
