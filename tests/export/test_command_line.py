"""``python -m export`` as scripts run it: what it prints, and what it does without torch."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from export.__main__ import COMMANDS, EVALUATIONS
from inference.labels import EMOTIONS
from tests.photos import photo_path

ROOT = Path(__file__).parents[2]
BARE = (
    "import sys\n"
    "for name in ('torch', 'sklearn', 'matplotlib', 'polars', 'onnx', 'transformers'):\n"
    "    sys.modules[name] = None\n"
    "from export.__main__ import main\n"
    "main()\n"
)
"""Runs a command as where the export extra is not installed."""

Export = Callable[..., subprocess.CompletedProcess[str]]


def bare_export(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BARE, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def figures(*arguments: str | Path) -> dict[str, Any]:
    finished = bare_export(*arguments, "--json")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("\n") == 1
    printed: dict[str, Any] = json.loads(finished.stdout)
    return printed


def rated_table(folder: Path, *, arousal: bool = True) -> Path:
    """Three photos with captions and ratings of our own."""
    for number, name in enumerate(("coffee.png", "chelsea.png", "astronaut.png")):
        image = cv2.imread(str(photo_path(name)))
        assert image is not None
        cv2.imwrite(str(folder / f"{number}.jpg"), image)
    rows = [("0.jpg", "slow morning", 0.6, 0.2), ("1.jpg", "my cat", 0.8, 0.4)]
    rows.append(("2.jpg", 'she said "we did it"', 0.9, 0.7))
    lines = ["photo\tcaption\tvalence" + "\tarousal" * arousal + "\tsomething else"]
    for name, caption, valence, aroused in rows:
        lines.append(f"{name}\t{caption}\t{valence}" + f"\t{aroused}" * arousal + "\tx")
    path = folder / "ratings.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_evaluate_emotion_prints_the_agreed_figures(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for emotion in EMOTIONS:
        (tmp_path / emotion).mkdir()
        for number in range(3):
            crop = rng.integers(0, 256, (48, 48), dtype=np.uint8)
            cv2.imwrite(str(tmp_path / emotion / f"{number}.png"), crop)
    found = figures("evaluate", "emotion", tmp_path)
    assert set(found) == {"n", "accuracy", "macro_f1", "ece", "ms_per_face", "confusion"}
    assert found["n"] == 21
    assert np.sum(found["confusion"], axis=1).tolist() == [3] * 7
    assert found["accuracy"] == pytest.approx(np.trace(found["confusion"]) / 21, abs=1e-4)


def test_evaluate_caption_prints_the_agreed_figures(tmp_path: Path) -> None:
    path = tmp_path / "texts.tsv"
    path.write_text(
        "text\tvalence\tarousal\tsource\n"
        "what a wonderful day\t0.9\t0.6\tdiary\n"
        "i am so sad\t0.1\t0.4\tdiary\n"
        "the bus came\t0.5\t0.2\tdiary\n"
        "love it\t0.9\t\treviews\n"
        "hate it\t0.1\t\treviews\n",
        encoding="utf-8",
    )
    found = figures("evaluate", "caption", path)
    assert found["n"] == 5
    assert found["sources"]["diary"]["valence"]["pearson"] > 0.8
    assert set(found["sources"]["diary"]["arousal"]) == {"pearson", "mae"}
    assert found["sources"]["reviews"]["arousal"] is None


def test_evaluate_scene_prints_the_agreed_figures(tmp_path: Path) -> None:
    found = figures("evaluate", "scene", rated_table(tmp_path))
    assert set(found) == {"n", "ms_per_photo", "valence", "arousal"}
    assert set(found["valence"]) == set(found["arousal"]) == {"pearson", "mae"}


@pytest.mark.parametrize("arousal", [True, False])
def test_evaluate_mood_puts_the_sources_side_by_side(tmp_path: Path, arousal: bool) -> None:
    found = figures("evaluate", "mood", rated_table(tmp_path, arousal=arousal))
    assert set(found) == {"n", "within_one_spread", "sources"}
    counts = {source: row["n"] for source, row in found["sources"].items()}
    assert counts == {"face": 1, "scene": 3, "caption": 3, "fused": 3}
    assert (found["sources"]["fused"]["arousal"] is not None) is arousal


def test_bench_prints_the_agreed_figures() -> None:
    found = figures("bench", "--rounds", "2")
    assert set(found) == {"stages", "total", "stories_per_s", "peak_mb", "start_s"}
    stages = {"decode", "faces", "emotion", "scene", "caption", "fusion", "pick"}
    assert stages <= set(found["stages"])
    for row in (*found["stages"].values(), found["total"]):
        assert 0 < row["p50_ms"] <= row["p95_ms"]
    assert 50 < found["peak_mb"] < 2000


@pytest.mark.parametrize(
    "arguments",
    [("evaluate", "emotion", "nowhere"), ("evaluate", "scene", "nowhere.tsv")],
)
def test_data_that_is_not_there_is_one_sentence(arguments: tuple[str, ...]) -> None:
    finished = bare_export(*arguments)
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert "nowhere" in finished.stderr
    assert finished.stderr.count("\n") == 1


def test_training_without_the_extra_says_what_to_install() -> None:
    finished = bare_export("train-emotion", "somewhere")
    assert finished.returncode == 1
    assert "pip install" in finished.stderr


def test_help_names_every_command_with_or_without_the_extra() -> None:
    told = bare_export("--help").stdout + bare_export("evaluate", "--help").stdout
    assert all(name in told for name in (*COMMANDS, *EVALUATIONS))
