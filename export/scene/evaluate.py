"""``python -m export evaluate scene FILE``: the shipped scene model on rated photos."""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from export.metrics import regression
from export.mood.rated_photos import read_rated_photos
from export.report import AsJson, show
from inference.image import load_image
from inference.scene import SceneReader


def evaluate_scene(
    file: Annotated[Path, typer.Argument(help="table with photo, valence, arousal if rated")],
    as_json: AsJson = False,
) -> None:
    """Pearson r and mean absolute error of valence and arousal, and speed on one thread."""
    reader = SceneReader(threads=1)
    rated = read_rated_photos(file)
    readings, times = [], []
    for row in rated:
        image = load_image(row.photo.read_bytes())
        started = time.perf_counter()
        readings.append(reader.read(image))
        times.append(time.perf_counter() - started)
    with_arousal = [(r.arousal, p.arousal) for r, p in zip(readings, rated, strict=True)
                    if p.arousal is not None]  # fmt: skip
    figures = {
        "n": len(rated),
        "ms_per_photo": round(1000 * float(np.median(times)), 3),
        "valence": regression([r.valence for r in readings], [p.valence for p in rated]),
        "arousal": regression(*zip(*with_arousal, strict=True)) if with_arousal else None,
    }
    show(figures, as_json=as_json)
