"""The mood that ``/mood happy``, ``/mood sad 0.3`` or ``/mood 0.8 0.4`` asks for."""

import re
from collections.abc import Sequence
from typing import Final

from bot.chat.wording import Wording
from bot.errors import UnknownMoodError
from inference.fusion import Mood
from inference.mood_words import named_mood

_NUMBER: Final = re.compile(r"\d{1,3}(?:[.,]\d{1,9})?|[.,]\d{1,9}", re.ASCII)
_ECHO_LIMIT: Final = 40
"""How many characters of what was not understood are said back."""


def requested_mood(arguments: Sequence[str], wording: Wording) -> Mood:
    """The mood that the words after ``/mood`` name: a word, a word and its strength, two numbers.

    Raises:
        UnknownMoodError: they name none, or a number is not between 0 and 1.
    """
    numbers = [_number(argument, wording) for argument in arguments]
    match numbers:
        case [float(valence), float(arousal)]:
            label = wording.plain(
                "mood.numbers", valence=f"{valence:.2f}", arousal=f"{arousal:.2f}"
            )
            return Mood(valence, arousal, spread=0.0, label=label)
        case [None, *_, float(intensity)]:
            return _named(" ".join(arguments[:-1]), intensity, wording)
        case _:
            return _named(" ".join(arguments), 1.0, wording)


def _named(words: str, intensity: float, wording: Wording) -> Mood:
    point = named_mood(words, intensity)
    if point is None:
        raise UnknownMoodError(wording.plain("mood.unknown", words=words[:_ECHO_LIMIT]))
    return Mood(*point, spread=0.0, label=words.lower())


def _number(text: str, wording: Wording) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    if number > 1.0:
        raise UnknownMoodError(wording.plain("mood.range"))
    return number
