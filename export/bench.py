"""``python -m export bench``: speed and memory of the shipped pipeline, as a person feels it."""

import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from PIL import Image

from bot.catalog import LocalCatalog
from bot.demo import demo_photo
from bot.recommend import answer_once
from bot.types import Story, User
from export.console import log
from export.report import AsJson, show
from inference.analyzer import Analyzer

CAPTION: Final = "finally home, kettle on, rain on the window 🌧️"
PHOTO_SIDE: Final = 1280
WARM_UP: Final = 5


def bench(
    as_json: AsJson = False,
    rounds: Annotated[int, typer.Option(min=1)] = 60,
    threads: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Times whole stories: a 1280-px photo with one face and a caption, to five tracks."""
    photo = bench_photo()
    with tempfile.TemporaryDirectory() as folder:
        start_s = _start_s(Path(folder))
        figures = _measure(photo, Path(folder), rounds, threads)
    show({**figures, "start_s": start_s}, as_json=as_json)


def bench_photo() -> bytes:
    """The demo portrait, enlarged to a JPEG of 1280 px. Raises ``FileNotFoundError``."""
    portrait = demo_photo()
    if portrait is None or find_spec("skimage") is None:
        raise FileNotFoundError("The bench photo ships in scikit-image: pip install -e '.[demo]'")
    with Image.open(io.BytesIO(portrait)) as image:
        enlarged = image.convert("RGB").resize((PHOTO_SIDE, PHOTO_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    enlarged.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _measure(photo: bytes, data_dir: Path, rounds: int, threads: int) -> dict[str, Any]:
    catalog, analyzer = LocalCatalog.open(data_dir), Analyzer(threads=threads)
    story = Story("bench", User("bench", "1"), "bench", photo, CAPTION)
    stages: dict[str, list[float]] = defaultdict(list)
    started = time.perf_counter()
    for number in range(WARM_UP + rounds):
        if number == WARM_UP:
            stages.clear()
            started = time.perf_counter()
        for stage, elapsed in answer_once(analyzer, catalog, story).elapsed_ms.items():
            stages[stage].append(elapsed)
    stories_per_s = rounds / (time.perf_counter() - started)
    analyzer.close()
    catalog.close()
    total = _percentiles(stages.pop("total"))
    return {
        "stages": {stage: _percentiles(times) for stage, times in stages.items()},
        "total": total,
        "stories_per_s": round(stories_per_s, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def _percentiles(times: list[float]) -> dict[str, float]:
    p50, p95 = np.percentile(times, (50, 95))
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def _start_s(data_dir: Path) -> float:
    """Seconds from nothing to the first answer of a fresh process; median of three."""
    command = [sys.executable, "-m", "bot", "suggest", "-", "--caption", CAPTION, "--json"]
    times = []
    for _ in range(3):
        started = time.perf_counter()
        finished = subprocess.run(  # noqa: S603 - our own program
            command,
            check=True,
            capture_output=True,
            env={"STORIFY_DATA_DIR": str(data_dir), "PATH": ""},
        )
        times.append(time.perf_counter() - started)
        json.loads(finished.stdout)
    log(f"start to first answer: {', '.join(f'{t:.2f} s' for t in times)}")
    return round(float(np.median(times)), 2)
