"""What a button carries, as the at most 64 bytes that Telegram gives back when it is pressed.

A button names the story it hangs under; the rest is looked up in the history, so it still works
after a restart, and a forged one names nothing that its sender does not already have.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from bot.chat.base import Change

MAX_BYTES: Final = 64
"""The Bot API's limit on ``callback_data`` (November 2026)."""

_VOTE: Final = re.compile(r"v:([+-]):([1-9]\d?):(.+)", re.ASCII)
_CHANGE: Final = re.compile(rf"c:({'|'.join(get_args(Change))}):(.+)")


@dataclass(frozen=True, slots=True)
class VoteButton:
    """A thumb on the track that was offered at ``rank``, 1 to 99, for a story."""

    story_id: str
    rank: int
    value: Literal[-1, 1]


@dataclass(frozen=True, slots=True)
class ChangeButton:
    """Other songs, or songs moved along one axis, for a story."""

    story_id: str
    change: Change


def encode(button: VoteButton | ChangeButton) -> str:
    """The button as text.

    Raises:
        ValueError: the story's id is empty, has a line break, or is too long for a button.
    """
    match button:
        case VoteButton(story_id, rank, value):
            data = f"v:{'+' if value > 0 else '-'}:{rank}:{story_id}"
        case ChangeButton(story_id, change):
            data = f"c:{change}:{story_id}"
    if len(data.encode()) > MAX_BYTES or decode(data) != button:
        raise ValueError(f"{button} does not fit into a button")
    return data


def decode(data: str) -> VoteButton | ChangeButton | None:
    """The button that ``data`` stands for, or ``None`` if it is none of ours."""
    if vote := _VOTE.fullmatch(data):
        sign, rank, story_id = vote.groups()
        return VoteButton(story_id, int(rank), 1 if sign == "+" else -1)
    if change := _CHANGE.fullmatch(data):
        return ChangeButton(change[2], cast("Change", change[1]))
    return None
