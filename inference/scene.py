"""What the scene looks like, on valence and arousal: it works with no face in the photo."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inference.manifest import MODELS_DIR
from inference.session import OnnxModel


@dataclass(frozen=True, slots=True)
class SceneReading:
    """Where people would place the photo, 0 to 1 on both axes."""

    valence: float
    arousal: float


class SceneReader:
    """EfficientNet-Lite0 with a small head, fitted on photos that about 100 people rated each."""

    def __init__(self, *, threads: int = 1, folder: Path = MODELS_DIR) -> None:
        """Opens the model; raises ``ModelError`` if it is missing or was changed."""
        self._model = OnnxModel("scene", threads=threads, folder=folder)
        manifest = self._model.manifest
        self._mean = np.array(manifest.mean, np.float32)
        self._scale = 1 / np.array(manifest.std, np.float32)
        self._side = int(manifest.parameters["side"])

    def read(self, image: npt.NDArray[np.uint8]) -> SceneReading:
        """Reads an ``(H, W, 3)`` RGB photo."""
        pixels = scene_pixels(image, self._side)
        normalised = (pixels.astype(np.float32) - self._mean) * self._scale
        feed = np.ascontiguousarray(normalised.transpose(2, 0, 1))[np.newaxis]
        valence, arousal = self._model.run({self._model.manifest.input_name: feed})[0][0]
        return SceneReading(float(valence), float(arousal))


def scene_pixels(image: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    """``(side, side, 3)``: the whole photo, squeezed; its corners may hold what matters."""
    return np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
