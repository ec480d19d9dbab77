"""Words that name a mood, and where each stands on valence and arousal."""

from collections.abc import Mapping
from typing import Final

NEUTRAL: Final = (0.56, 0.31)
"""Valence and arousal of a mood of intensity 0."""

# Warriner, Kuperman and Brysbaert's norms (2013), rescaled from 1..9 to 0..1, for the words of the
# emotion labels and for "calm" and "energetic". The others are placed among them by hand, as they
# stand on Russell's circumplex (1980): the norms rate words, and "party" the word is calmer than
# the evening.
_POINTS: Final[Mapping[str, tuple[float, float]]] = {
    "angry": (0.19, 0.65),
    "anxious": (0.27, 0.70),
    "bored": (0.30, 0.15),
    "calm": (0.74, 0.08),
    "chill": (0.70, 0.18),
    "cosy": (0.78, 0.20),
    "dreamy": (0.66, 0.22),
    "energetic": (0.82, 0.64),
    "excited": (0.88, 0.75),
    "focused": (0.60, 0.25),
    "happy": (0.93, 0.63),
    "hopeful": (0.75, 0.45),
    "lonely": (0.18, 0.28),
    "melancholy": (0.28, 0.24),
    "neutral": NEUTRAL,
    "nostalgic": (0.55, 0.27),
    "party": (0.90, 0.80),
    "peaceful": (0.76, 0.10),
    "proud": (0.82, 0.55),
    "romantic": (0.80, 0.35),
    "sad": (0.14, 0.31),
    "scared": (0.24, 0.64),
    "surprised": (0.70, 0.62),
    "tense": (0.30, 0.62),
    "tired": (0.34, 0.12),
}

_SYNONYMS: Final[Mapping[str, str]] = {
    "afraid": "scared",
    "bittersweet": "nostalgic",
    "blue": "sad",
    "cheerful": "happy",
    "chilled": "chill",
    "cozy": "cosy",
    "dance": "party",
    "depressed": "sad",
    "energised": "energetic",
    "energized": "energetic",
    "focus": "focused",
    "furious": "angry",
    "gloomy": "melancholy",
    "heartbroken": "sad",
    "joyful": "happy",
    "love": "romantic",
    "lively": "energetic",
    "mad": "angry",
    "melancholic": "melancholy",
    "mellow": "chill",
    "nervous": "anxious",
    "okay": "neutral",
    "pumped": "excited",
    "quiet": "calm",
    "relaxed": "chill",
    "serene": "peaceful",
    "sleepy": "tired",
    "stressed": "tense",
    "upbeat": "energetic",
    "wistful": "nostalgic",
    "workout": "energetic",
}

MOOD_WORDS: Final[tuple[str, ...]] = tuple(sorted(_POINTS))
"""The words to offer; many more are understood."""


def named_mood(word: str, intensity: float = 1.0) -> tuple[float, float] | None:
    """Valence and arousal, 0 to 1, of a mood's name; ``None`` for a word that names none.

    ``intensity`` (clipped to 0..1) moves the point from neutral to the word's own:
    ``named_mood("sad", 0.3)`` is a light sadness.
    """
    key = word.strip().casefold()
    point = _POINTS.get(_SYNONYMS.get(key, key))
    if point is None:
        return None
    degree = min(max(intensity, 0.0), 1.0)
    return (
        NEUTRAL[0] + degree * (point[0] - NEUTRAL[0]),
        NEUTRAL[1] + degree * (point[1] - NEUTRAL[1]),
    )
