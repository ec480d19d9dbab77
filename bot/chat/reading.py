"""A mood in words: what was read, from what, and whether the sources agree.

The words speak of the photo and the caption, never of the person: an expression looks sad, nobody
is told that they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.chat.wording import Wording
from inference.fusion import HEARD, Evidence, Mood, Source
from inference.mood_label import HIGH_AROUSAL, HIGH_VALENCE, LOW_VALENCE, are_opposed

_LEANING: Final = 0.2
"""By how much one weight must exceed the other before the songs are said to lean its way."""


@dataclass(frozen=True, slots=True)
class _Voice:
    """What one source says, all its evidence together; a photo may show several faces."""

    source: Source
    evidence: tuple[Evidence, ...]

    @property
    def weight(self) -> float:
        return sum(evidence.weight for evidence in self.evidence)

    @property
    def foremost(self) -> Evidence:
        return max(self.evidence, key=lambda evidence: evidence.weight)

    @property
    def valence(self) -> float:
        weighed = sum(evidence.weight * evidence.valence for evidence in self.evidence)
        return weighed / self.weight


def describe(mood: Mood, wording: Wording) -> str:
    """What was read and from what, as HTML: "A smile and an upbeat caption: bright and lively."."""
    voices = _voices(mood)
    if not voices:
        return wording.html("reading.named", mood=mood.label)
    heard = _joined([_phrase(voice, wording) for voice in voices], wording)
    sentence = wording.html("reading", evidence=heard[:1].upper() + heard[1:], mood=mood.label)
    doubt = _disagreement(voices, wording)
    return f"{sentence} {doubt}" if doubt else sentence


def explain(mood: Mood, wording: Wording) -> str:
    """From what the mood was read, each source with its share in percent, as HTML."""
    voices = _voices(mood)
    if not voices:
        return wording.html("mood.last.named")
    shares = [
        wording.plain(
            "mood.last.share", evidence=_phrase(voice, wording), share=round(100 * voice.weight)
        )
        for voice in voices
    ]
    return wording.html("mood.last.why", evidence=_joined(shares, wording))


def _voices(mood: Mood) -> tuple[_Voice, ...]:
    """The sources worth mentioning, the weightiest first."""
    sources = dict.fromkeys(evidence.source for evidence in mood.evidence)
    voices = (
        _Voice(source, tuple(e for e in mood.evidence if e.source == source)) for source in sources
    )
    heard = [voice for voice in voices if voice.weight >= HEARD]
    return tuple(sorted(heard, key=lambda voice: -voice.weight))


def _disagreement(voices: Sequence[_Voice], wording: Wording) -> str | None:
    if not voices:
        return None
    brightest = max(voices, key=lambda voice: voice.valence)
    darkest = min(voices, key=lambda voice: voice.valence)
    if not are_opposed(brightest.valence, darkest.valence):
        return None
    said = {"brighter": _phrase(brightest, wording), "darker": _phrase(darkest, wording)}
    if abs(brightest.weight - darkest.weight) < _LEANING:
        return wording.html("reading.disagree", **said)
    weightier = max(brightest, darkest, key=lambda voice: voice.weight)
    name = wording.plain(f"source.{weightier.source}")
    return wording.html("reading.disagree.leaning", **said, weightier=name)


def _phrase(voice: _Voice, wording: Wording) -> str:
    evidence = voice.foremost
    label = _scene_tone(evidence) if voice.source == "scene" else evidence.label
    key = f"{voice.source}.{label}"
    phrase = wording.plain(key if wording.has(key) else f"{voice.source}.other")
    count = len(voice.evidence)
    return phrase if count == 1 else wording.plain("faces", count=count, face=phrase)


def _scene_tone(evidence: Evidence) -> str:
    if evidence.valence >= HIGH_VALENCE:
        brightness = "bright"
    elif evidence.valence >= LOW_VALENCE:
        brightness = "even"
    else:
        brightness = "dark"
    return f"{brightness}_{'lively' if evidence.arousal >= HIGH_AROUSAL else 'calm'}"


def _joined(phrases: Sequence[str], wording: Wording) -> str:
    *first, last = phrases
    return f"{', '.join(first)}{wording.plain('list.and')}{last}" if first else last
