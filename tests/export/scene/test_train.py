"""Fitting the scene head on a few made-up photos."""

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("efficientnet_lite_pytorch")
pytest.importorskip("sklearn")

from export.mood.rated_photos import read_readings
from export.scene.train import train_scene
from inference.manifest import ModelManifest
from inference.scene import SceneReader

THEMES = 5


def ratings(folder: Path) -> Path:
    """Bright, blurred photos that people love, and dark, noisy ones that they do not."""
    rng = np.random.default_rng(9)
    lines = ["photo\ttheme\tcaption\tvalence\tarousal"]
    for number in range(THEMES * 4):
        loved = number % 2
        noise = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
        image = np.asarray(cv2.blur(noise, (15, 15)) // 2 + 120 if loved else noise // 3, np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), image)
        lines.append(
            f"{number}.png\ttheme{number % THEMES}\t\t{0.3 + 0.4 * loved}\t{0.7 - 0.4 * loved}"
        )
    path = folder / "ratings.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_fitted_head_is_shipped_with_its_measured_figures(tmp_path: Path) -> None:
    table = ratings(tmp_path)
    out = tmp_path / "models"
    out.mkdir()
    train_scene(table, out=out, runs=tmp_path / "runs")
    metrics = ModelManifest.load("scene", out).metrics
    assert metrics["themewise_cv_valence_r"] > 0.8
    assert set(read_readings(tmp_path / "runs" / "held_out.tsv")) == {
        f"{number}.png" for number in range(THEMES * 4)
    }
    reader = SceneReader(folder=out)
    loved, other = (
        np.asarray(cv2.imread(str(tmp_path / f"{n}.png")), np.uint8)[:, :, ::-1].copy()
        for n in (1, 0)
    )
    assert reader.read(loved).valence > reader.read(other).valence + 0.1
