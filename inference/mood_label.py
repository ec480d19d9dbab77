"""A few words for a point on valence and arousal."""

from typing import Final

LOW_VALENCE: Final = 0.44
HIGH_VALENCE: Final = 0.60
LOW_AROUSAL: Final = 0.38
HIGH_AROUSAL: Final = 0.50
"""Where the words change. Fused moods gather around (.6, .44), as rated photos do, hence no thirds."""

BITTERSWEET_GAP: Final = 0.25
"""Sources this far apart in valence tell of both joy and sorrow."""

_LABELS: Final = (
    ("sad and quiet", "downcast", "tense"),
    ("quiet", "even", "restless"),
    ("calm and content", "bright", "bright and lively"),
)
"""A row per valence, a column per arousal, each from low to high."""


def mood_label(valence: float, arousal: float, *, gap: float = 0.0) -> str:
    """The words for one mood; ``gap`` is how far its sources lie apart in valence.

    >>> mood_label(0.8, 0.6)
    'bright and lively'
    >>> mood_label(0.5, 0.4, gap=0.4)
    'bittersweet'
    """
    if gap >= BITTERSWEET_GAP:
        return "bittersweet"
    row = (valence >= LOW_VALENCE) + (valence >= HIGH_VALENCE)
    column = (arousal >= LOW_AROUSAL) + (arousal >= HIGH_AROUSAL)
    return _LABELS[row][column]
