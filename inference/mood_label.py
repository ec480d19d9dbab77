"""A few words for a point on valence and arousal."""

from typing import Final

LOW_VALENCE: Final = 0.44
HIGH_VALENCE: Final = 0.60
LOW_AROUSAL: Final = 0.38
HIGH_AROUSAL: Final = 0.50
"""Where the words change. Fused moods gather around (.6, .44), as rated photos do: no thirds."""

BITTERSWEET_GAP: Final = 0.2
"""Sources this far apart in valence, one bright and one dark, tell of both joy and sorrow."""

_LABELS: Final = (
    ("sad and quiet", "downcast", "tense"),
    ("quiet", "even", "restless"),
    ("calm and content", "bright", "bright and lively"),
)
"""A row per valence, a column per arousal, each from low to high."""


def are_opposed(brightest: float, darkest: float) -> bool:
    """Whether two sources of a mood contradict each other in valence.

    A radiant caption under a pleasant scene does not; one of them must be dark.

    >>> are_opposed(0.95, 0.6), are_opposed(0.75, 0.3)
    (False, True)
    """
    middle = (LOW_VALENCE + HIGH_VALENCE) / 2
    return darkest < middle < brightest and brightest - darkest >= BITTERSWEET_GAP


def mood_label(valence: float, arousal: float, *, opposed: bool = False) -> str:
    """The words for one mood; ``opposed`` if what it was read from contradicts itself.

    >>> mood_label(0.8, 0.6)
    'bright and lively'
    >>> mood_label(0.5, 0.4, opposed=True)
    'bittersweet'
    """
    if opposed:
        return "bittersweet"
    row = (valence >= LOW_VALENCE) + (valence >= HIGH_VALENCE)
    column = (arousal >= LOW_AROUSAL) + (arousal >= HIGH_AROUSAL)
    return _LABELS[row][column]
