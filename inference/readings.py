"""Everything that can be read from one story, each model once, side by side where possible."""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from inference.caption import CaptionReader, CaptionReading
from inference.emotion import CROP_SIDE, EmotionClassifier, EmotionScores
from inference.faces import Face, FaceDetector, align
from inference.image import load_image
from inference.manifest import MODELS_DIR
from inference.scene import SceneReader, SceneReading

MOST_FACES: Final = 12
"""Of a crowd, the largest are read: those in the back add time and hardly any evidence."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What each model says of one story, as it says it, before any calibration."""

    faces: tuple[EmotionScores, ...]
    """The largest first; empty without a face or a photo."""
    scene: SceneReading | None
    caption: CaptionReading | None
    elapsed_ms: Mapping[str, float]
    """Milliseconds per stage; stages may overlap."""


class StoryReader:
    """All models, open. ``read`` may be called from several threads at once."""

    def __init__(self, *, threads: int = 2, folder: Path = MODELS_DIR) -> None:
        """Opens the models; raises ``ModelError`` if one is missing or was changed.

        With more than one thread a caption is read beside its photo: two models gain more from
        running side by side than either does from a second thread of its own.
        """
        self._beside = ThreadPoolExecutor(threads - 1, "caption") if threads > 1 else None
        self._faces = FaceDetector(folder=folder)
        self._emotion = EmotionClassifier(folder=folder)
        self._scene = SceneReader(folder=folder)
        self._caption = CaptionReader(folder=folder)

    def close(self) -> None:
        """Ends the threads."""
        if self._beside:
            self._beside.shutdown()

    def read(self, photo: bytes | None, caption: str = "") -> Readings:
        """Reads a photo, a caption, or both. Raises ``ImageError`` for an unusable photo."""
        elapsed_ms: dict[str, float] = {}
        if self._beside and photo is not None and caption:
            words = self._beside.submit(self._read_caption, caption, elapsed_ms)
            faces, scene = self._read_photo(photo, elapsed_ms)
            return Readings(faces, scene, words.result(), elapsed_ms)
        faces, scene = self._read_photo(photo, elapsed_ms)
        return Readings(faces, scene, self._read_caption(caption, elapsed_ms), elapsed_ms)

    def _read_caption(self, caption: str, elapsed_ms: dict[str, float]) -> CaptionReading | None:
        with timed("caption", elapsed_ms):
            return self._caption.read(caption)

    def _read_photo(
        self, photo: bytes | None, elapsed_ms: dict[str, float]
    ) -> tuple[tuple[EmotionScores, ...], SceneReading | None]:
        if photo is None:
            return (), None
        with timed("decode", elapsed_ms):
            image = load_image(photo)
        with timed("faces", elapsed_ms):
            faces = self._faces.detect(image)[:MOST_FACES]
        with timed("emotion", elapsed_ms):
            scores = self._read_emotions(image, faces)
        with timed("scene", elapsed_ms):
            scene = self._scene.read(image)
        return scores, scene

    def _read_emotions(
        self, image: npt.NDArray[np.uint8], faces: tuple[Face, ...]
    ) -> tuple[EmotionScores, ...]:
        crops = [align(image, face, CROP_SIDE) for face in faces]
        probabilities = self._emotion.classify(
            np.stack(crops) if crops else np.empty((0, CROP_SIDE, CROP_SIDE), np.uint8)
        )
        return tuple(map(EmotionScores, probabilities, faces))


@contextmanager
def timed(stage: str, elapsed_ms: dict[str, float]) -> Iterator[None]:
    """Notes how many milliseconds what runs inside takes."""
    started = time.perf_counter()
    try:
        yield
    finally:
        elapsed_ms[stage] = round(1000 * (time.perf_counter() - started), 2)
