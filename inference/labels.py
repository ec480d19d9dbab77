"""The seven emotions of FER-2013 and where each stands on valence and arousal."""

from typing import Final, Literal

import numpy as np

Emotion = Literal["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]

EMOTIONS: Final[tuple[Emotion, ...]] = (
    "angry",
    "disgust",
    "fear",
    "happy",
    "sad",
    "surprise",
    "neutral",
)
"""In the order of the FER-2013 labels 0 to 6, and of every ``(7,)`` array in Storify."""

EMOTION_VALENCE_AROUSAL: Final = np.array(
    [
        (0.19, 0.65),
        (0.29, 0.50),
        (0.24, 0.64),
        (0.93, 0.63),
        (0.14, 0.31),
        (0.70, 0.62),
        (0.56, 0.31),
    ],
    dtype=np.float32,
)
"""``(7, 2)`` valence and arousal: the norms of Warriner, Kuperman and Brysbaert (2013), 0 to 1."""
