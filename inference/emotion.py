"""Aligned face crops to the probabilities of seven emotions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from inference.faces import Face
from inference.labels import EMOTION_VALENCE_AROUSAL, EMOTIONS, Emotion
from inference.manifest import MODELS_DIR
from inference.session import OnnxModel

CROP_SIDE: Final = 48
"""Side of a face crop in pixels, as in FER-2013."""


@dataclass(frozen=True, slots=True)
class EmotionScores:
    """What one face's expression looks like; it says nothing certain about what a person feels."""

    probabilities: npt.NDArray[np.float32]
    """``(7,)`` in the order of ``EMOTIONS``, sum 1."""
    face: Face

    @property
    def emotion(self) -> Emotion:
        """The likeliest."""
        return EMOTIONS[int(self.probabilities.argmax())]

    @property
    def valence_arousal(self) -> tuple[float, float]:
        """Expected valence and arousal, 0 to 1, over the seven emotions' norms."""
        valence, arousal = self.probabilities @ EMOTION_VALENCE_AROUSAL
        return float(valence), float(arousal)


class EmotionClassifier:
    """The CNN trained on FER-2013. Contrast, mirror image and temperature are inside its graph."""

    def __init__(self, *, threads: int = 1, folder: Path = MODELS_DIR) -> None:
        """Opens the model; raises ``ModelError`` if it is missing or was changed."""
        self._model = OnnxModel("emotion", threads=threads, folder=folder)

    def classify(self, crops: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """``(N, 48, 48) uint8`` grey crops to ``(N, 7)`` probabilities; ``N`` may be 0."""
        if not len(crops):
            return np.empty((0, len(EMOTIONS)), np.float32)
        pixels = crops[:, np.newaxis].astype(np.float32)
        return np.asarray(self._model.run({self._model.manifest.input_name: pixels})[0])
