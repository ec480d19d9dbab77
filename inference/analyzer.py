"""A story, photo bytes and caption, to its mood: what was read, weighed by what it is worth."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from inference.emotion import EmotionScores
from inference.fusion import Evidence, Fusion, Mood
from inference.manifest import MODELS_DIR
from inference.readings import Readings, StoryReader, timed


@dataclass(frozen=True, slots=True)
class Analysis:
    """The mood of one story and what it was read from."""

    mood: Mood
    readings: Readings
    elapsed_ms: Mapping[str, float]
    """Milliseconds per stage; stages overlap, so ``analysis`` is less than their sum."""


class Analyzer:
    """All models and the weights of their evidence. May be used from several threads at once."""

    def __init__(self, *, threads: int = 2, folder: Path = MODELS_DIR) -> None:
        """Opens everything; raises ``ModelError`` if a file is missing or was changed.

        ``threads`` is how many models may read one story side by side.
        """
        self._fusion = Fusion.load(folder / "fusion.json")
        self._reader = StoryReader(threads=threads, folder=folder)

    def close(self) -> None:
        """Ends the threads."""
        self._reader.close()

    def analyze(self, photo: bytes | None, caption: str = "") -> Analysis:
        """The mood of a photo, a caption, or both.

        Raises ``ImageError`` for a photo that cannot be used, and ``NoEvidenceError`` where there
        is neither a photo nor a word.
        """
        elapsed_ms: dict[str, float] = {}
        with timed("analysis", elapsed_ms):
            readings = self._reader.read(photo, caption)
            with timed("fusion", elapsed_ms):
                mood = self._fusion.fuse(evidence_of(readings, self._fusion))
        return Analysis(mood, readings, {**readings.elapsed_ms, **elapsed_ms})


def evidence_of(readings: Readings, fusion: Fusion) -> Iterator[Evidence]:
    """What was read as calibrated evidence, a piece for each face."""
    for scores in readings.faces:
        valence, arousal = scores.valence_arousal
        weight = face_weight(scores)
        yield fusion.evidence("face", scores.emotion, valence, arousal, weight=weight)
    if scene := readings.scene:
        yield fusion.evidence("scene", "scene", scene.valence, scene.arousal)
    if words := readings.caption:
        doubt = words.sigma / fusion.usual_caption_sigma
        yield fusion.evidence("caption", words.label, words.valence, words.arousal, doubt=doubt)


def face_weight(scores: EmotionScores) -> float:
    """How much a face counts among the others of its photo.

    By the side, not the area: somebody twice as far away is not a quarter of a person.
    """
    return float(scores.face.area_fraction**0.5 * scores.face.confidence)
