"""Everything that can be read from one story, each model once, side by side where possible."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from inference.caption import CaptionReader, CaptionReading
from inference.emotion import CROP_SIDE, EmotionClassifier, EmotionScores
from inference.faces import Face, FaceDetector, align
from inference.image import load_image
from inference.manifest import MODELS_DIR
from inference.scene import SceneReader, SceneReading

_P = ParamSpec("_P")
_T = TypeVar("_T")

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

        With more than one thread, caption and scene are read beside the faces: models gain more
        from running side by side than any of them does from a second thread of its own.
        """
        self._beside: Executor = (
            ThreadPoolExecutor(threads - 1, "reader") if threads > 1 else _Here()
        )
        self._faces = FaceDetector(folder=folder)
        self._emotion = EmotionClassifier(folder=folder)
        self._scene = SceneReader(folder=folder)
        self._caption = CaptionReader(folder=folder)

    def close(self) -> None:
        """Ends the threads."""
        self._beside.shutdown()

    def read(self, photo: bytes | None, caption: str = "") -> Readings:
        """Reads a photo, a caption, or both. Raises ``ImageError`` for an unusable photo."""
        elapsed_ms: dict[str, float] = {}
        words = self._beside.submit(self._read_caption, caption, elapsed_ms)
        if photo is None:
            return Readings((), None, words.result(), elapsed_ms)
        with timed("decode", elapsed_ms):
            image = load_image(photo)
        scene = self._beside.submit(self._read_scene, image, elapsed_ms)
        faces = self._read_faces(image, elapsed_ms)
        return Readings(faces, scene.result(), words.result(), elapsed_ms)

    def _read_caption(self, caption: str, elapsed_ms: dict[str, float]) -> CaptionReading | None:
        with timed("caption", elapsed_ms):
            return self._caption.read(caption)

    def _read_scene(
        self, image: npt.NDArray[np.uint8], elapsed_ms: dict[str, float]
    ) -> SceneReading:
        with timed("scene", elapsed_ms):
            return self._scene.read(image)

    def _read_faces(
        self, image: npt.NDArray[np.uint8], elapsed_ms: dict[str, float]
    ) -> tuple[EmotionScores, ...]:
        with timed("faces", elapsed_ms):
            faces = self._faces.detect(image)[:MOST_FACES]
        with timed("emotion", elapsed_ms):
            return self._read_emotions(image, faces)

    def _read_emotions(
        self, image: npt.NDArray[np.uint8], faces: tuple[Face, ...]
    ) -> tuple[EmotionScores, ...]:
        crops = [align(image, face, CROP_SIDE) for face in faces]
        probabilities = self._emotion.classify(
            np.stack(crops) if crops else np.empty((0, CROP_SIDE, CROP_SIDE), np.uint8)
        )
        return tuple(map(EmotionScores, probabilities, faces))


class _Here(Executor):
    """Runs what is submitted at once, in the thread that submits it."""

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """The finished future of one call."""
        future: Future[_T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@contextmanager
def timed(stage: str, elapsed_ms: dict[str, float]) -> Iterator[None]:
    """Notes how many milliseconds what runs inside takes."""
    started = time.perf_counter()
    try:
        yield
    finally:
        elapsed_ms[stage] = round(1000 * (time.perf_counter() - started), 2)
