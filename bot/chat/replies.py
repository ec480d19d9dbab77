"""Answers as HTML with their buttons. Nothing here decides or remembers anything."""

import html
from collections.abc import Mapping
from typing import Final, Literal

from bot.chat.base import Button, Change, Keyboard, Reply
from bot.chat.callbacks import ChangeButton, VoteButton, encode
from bot.chat.reading import describe, explain
from bot.chat.wording import Wording
from bot.store import RecordedStory
from bot.types import RankedTrack, Recommendation

Votes = Mapping[str, Literal[-1, 1]]
"""Somebody's votes by track id."""

CHANGES: Final[tuple[Change, ...]] = ("more", "happier", "calmer")
"""The buttons under an answer, from the left."""

_TITLE_LIMIT: Final = 100
_REASON_LIMIT: Final = 250
"""In characters. Five tracks of this length and what is said above them fit into one message."""


def answer(
    recommendation: Recommendation, votes: Votes, wording: Wording, change: Change | None = None
) -> Reply:
    """What was read, the tracks as links with their reasons, thumbs, and the ways to change it."""
    if change is None:
        heading = describe(recommendation.mood, wording)
    else:
        heading = wording.html(f"changed.{change}")
    tracks = recommendation.tracks
    return Reply(
        html="\n\n".join([heading, *(_line(ranked) for ranked in tracks)]),
        keyboard=keyboard(
            recommendation.story_id, {t.rank: t.track.id for t in tracks}, votes, wording
        ),
        preview_url=tracks[0].track.url if tracks else None,
    )


def keyboard(story_id: str, tracks: Mapping[int, str], votes: Votes, wording: Wording) -> Keyboard:
    """Thumbs up, thumbs down, and the changes, in three rows; ``tracks`` are the ids by rank.

    One row of numbered thumbs each way stays readable on a phone and leaves the list in sight,
    which a row for every track would push off the screen.
    """
    ups = tuple(_thumb(story_id, rank, 1, votes.get(id_), wording) for rank, id_ in tracks.items())
    downs = tuple(
        _thumb(story_id, rank, -1, votes.get(id_), wording) for rank, id_ in tracks.items()
    )
    changes = tuple(
        Button(wording.plain(f"button.{change}"), encode(ChangeButton(story_id, change)))
        for change in CHANGES
    )
    return (ups, downs, changes)


def last_mood(story: RecordedStory | None, wording: Wording) -> Reply:
    """The last mood, from what it was read, and where the songs were looked for."""
    if story is None:
        return Reply(wording.html("mood.none"))
    mood, target = story.mood, story.target
    lines = (
        wording.html(
            "mood.last",
            mood=mood.label,
            valence=f"{mood.valence:.2f}",
            arousal=f"{mood.arousal:.2f}",
        ),
        explain(mood, wording),
        wording.html(
            "mood.last.target", valence=f"{target.valence:.2f}", energy=f"{target.energy:.2f}"
        ),
    )
    return Reply("\n".join(lines))


def sentence(text: str) -> Reply:
    """One plain sentence, such as an error's."""
    return Reply(html.escape(_cut(text, 500)))


def _line(ranked: RankedTrack) -> str:
    track = ranked.track
    title = html.escape(_cut(track.title, _TITLE_LIMIT))
    artists = html.escape(_cut(", ".join(track.artists), _TITLE_LIMIT))
    reason = html.escape(_cut(ranked.reason, _REASON_LIMIT))
    link = f'<a href="{html.escape(track.url)}">{title}</a>'
    return f"{ranked.rank}. {link} · {artists}\n<i>{reason}</i>"


def _thumb(
    story_id: str, rank: int, value: Literal[-1, 1], vote: int | None, wording: Wording
) -> Button:
    key = "button.up" if value > 0 else "button.down"
    label = wording.plain(f"{key}.voted" if vote == value else key, rank=rank)
    return Button(label, encode(VoteButton(story_id, rank, value)))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
