"""What each caption teaches: a rating, an order (negative, neutral, positive), emotion words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from export.caption.captions import Caption

_LEVELS: Final = {"negative": 0, "neutral": 1, "positive": 2}
_NO_LEVEL: Final = -1

_POSITIVE: Final = frozenset(
    (
        "admiration",
        "amusement",
        "approval",
        "caring",
        "excitement",
        "gratitude",
        "joy",
        "love",
        "optimism",
        "pride",
        "relief",
        "trust",
    )
)
_NEGATIVE: Final = frozenset(
    (
        "anger",
        "annoyance",
        "disappointment",
        "disapproval",
        "disgust",
        "embarrassment",
        "fear",
        "grief",
        "guilt",
        "nervousness",
        "pessimism",
        "remorse",
        "sadness",
        "shame",
    )
)


@dataclass(frozen=True, slots=True)
class Words:
    """The names behind the numbers of ``Targets``: data sets, and the emotion words of each."""

    sources: tuple[str, ...]
    emotions: tuple[tuple[str, str], ...]
    """Pairs of source and word: "joy" of two data sets was given by two sets of rules."""

    @classmethod
    def of(cls, captions: Sequence[Caption]) -> "Words":
        """All that occur, sorted."""
        return cls(
            tuple(sorted({caption.source for caption in captions})),
            tuple(sorted({(c.source, word) for c in captions for word in _emotions(c.label)})),
        )

    def emotion_mask(self) -> Tensor:
        """``(sources, emotions) bool``: which words a data set could have given."""
        return torch.tensor(
            [[source == owner for owner, _ in self.emotions] for source in self.sources]
        ).view(len(self.sources), len(self.emotions))


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets of N captions; NaN or -1 where a caption says nothing of the kind."""

    source: Tensor
    """``(N,) int64``, index into ``Words.sources``."""
    valence: Tensor
    """``(N,) float32`` on the scale of its source."""
    arousal: Tensor
    level: Tensor
    """``(N,) int64``: 0 negative, 1 neutral, 2 positive."""
    emotions: Tensor
    """``(N, emotions) float32``: 0 absent to 1 present, or the intensity."""

    @classmethod
    def of(cls, captions: Sequence[Caption], words: Words) -> "Targets":
        """The targets of ``captions``, in their order."""
        column = {pair: index for index, pair in enumerate(words.emotions)}
        emotions = torch.zeros(len(captions), len(words.emotions))
        for row, caption in enumerate(captions):
            for word, intensity in _emotions(caption.label).items():
                if (caption.source, word) in column:
                    emotions[row, column[caption.source, word]] = intensity
        levels = [level_of(caption.label) for caption in captions]
        # A rating made from a three-way label is that label, not a measurement.
        rated = [caption.label not in _LEVELS for caption in captions]
        return cls(
            source=torch.tensor([words.sources.index(caption.source) for caption in captions]),
            valence=_floats(c.valence if r else None for c, r in zip(captions, rated, strict=True)),
            arousal=_floats(c.arousal if r else None for c, r in zip(captions, rated, strict=True)),
            level=torch.tensor([_NO_LEVEL if level is None else level for level in levels]),
            emotions=emotions,
        )

    def rows(self, index: Tensor) -> "Targets":
        """The targets at ``index``."""
        return Targets(
            self.source[index],
            self.valence[index],
            self.arousal[index],
            self.level[index],
            self.emotions[index],
        )


def level_of(label: str) -> int | None:
    """0 negative, 1 neutral, 2 positive; ``None`` for labels that say neither or both.

    Emotion words count by their sign; a word with an intensity does not, as it may be near zero.
    """
    if label in _LEVELS:
        return _LEVELS[label]
    words = {word for word in label.split(",") if word}
    signs = {2 for word in words & _POSITIVE} | {0 for word in words & _NEGATIVE}
    return signs.pop() if len(signs) == 1 else None


def _emotions(label: str) -> dict[str, float]:
    """Words with intensities: ``"joy:0.5"`` or ``"joy,love"``. Three-way labels are no emotions."""
    if label in ("negative", "positive"):
        return {}
    pairs = (part.partition(":") for part in label.split(",") if part)
    return {word: float(intensity or 1) for word, _, intensity in pairs}


def _floats(values: object) -> Tensor:
    return torch.tensor(
        [float("nan") if value is None else value for value in values],  # type: ignore[attr-defined]
        dtype=torch.float32,
    )
