"""``python -m export evaluate emotion FOLDER``: the shipped CNN on face crops."""

import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from export.emotion.fer2013 import Faces, read_crops
from export.metrics import classification, confusion
from export.report import AsJson, show
from inference.emotion import EmotionClassifier
from inference.labels import EMOTIONS

TIMED_FACES = 200


def evaluate_emotion(
    folder: Annotated[Path, typer.Argument(help="FOLDER/<emotion>/*.png, 48x48 face crops")],
    as_json: AsJson = False,
) -> None:
    """Accuracy, macro F1, calibration error and speed on one thread."""
    show(measure(read_crops(folder)), as_json=as_json)


def measure(faces: Faces) -> dict[str, Any]:
    """The figures for some labelled crops."""
    classifier = EmotionClassifier(threads=1)
    parts = np.array_split(faces.images, max(len(faces) // 64, 1))
    probabilities = np.concatenate([classifier.classify(part) for part in parts])
    return {
        "n": len(faces),
        **classification(probabilities, faces.labels),
        "ms_per_face": _ms_per_face(classifier, faces),
        "confusion": confusion(probabilities.argmax(1), faces.labels, len(EMOTIONS)).tolist(),
    }


def _ms_per_face(classifier: EmotionClassifier, faces: Faces) -> float:
    """Median over single faces, as they come from most photos."""
    times = []
    for image in faces.images[:TIMED_FACES]:
        started = time.perf_counter()
        classifier.classify(image[np.newaxis])
        times.append(time.perf_counter() - started)
    return round(1000 * float(np.median(times)), 3)
