"""Fitting the map from mood to music."""

from pathlib import Path

import numpy as np
import pytest

pl = pytest.importorskip("polars")
pytest.importorskip("sklearn")

from export.mood.fit_target import LABEL_MOODS, fit_map, fit_target  # noqa: E402 - after the checks
from inference.target import LogisticPlane, TargetMap  # noqa: E402

MEDIANS = {
    "Happy": (0.60, 0.75),
    "Sad": (0.25, 0.35),
    "Calm": (0.15, 0.10),
    "Energetic": (0.45, 0.90),
}


def fitted() -> TargetMap:
    rng = np.random.default_rng(0)
    energy = rng.uniform(0.05, 0.95, 2000)
    valence = np.clip(0.3 * energy + rng.uniform(0.1, 0.6, 2000), 0, 1)
    medians = {label: np.array(point) for label, point in MEDIANS.items()}
    return fit_map(medians, valence, energy)


def test_neither_slope_is_negative() -> None:
    for plane in (fitted().valence, fitted().energy):
        assert plane.valence >= 0
        assert plane.arousal >= 0


def test_energy_meets_the_labels() -> None:
    for label, mood in LABEL_MOODS.items():
        assert fitted().energy.at(*mood) == pytest.approx(MEDIANS[label][1], abs=0.11)


def test_happy_and_sad_words_lie_beyond_their_median_tracks() -> None:
    # A label is given to every degree of its mood, the word is the full one.
    assert 0.60 < fitted().target(*LABEL_MOODS["Happy"]).valence < 0.80
    assert 0.10 < fitted().target(*LABEL_MOODS["Sad"]).valence < 0.25


def test_a_plane_that_is_known_is_found_again() -> None:
    plane = LogisticPlane(-2.0, 0.0, 5.0)
    medians = {
        label: np.array([MEDIANS[label][0], plane.at(*mood)]) for label, mood in LABEL_MOODS.items()
    }
    energy = fit_map(medians, np.array([0.2, 0.4, 0.6]), np.array([0.3, 0.5, 0.6])).energy
    assert (energy.intercept, energy.arousal) == pytest.approx((-2.0, 5.0), abs=0.01)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".tsv"])
def test_the_command_reads_tables_and_writes_the_map(tmp_path: Path, suffix: str) -> None:
    labels, catalogue = tmp_path / "labels.parquet", tmp_path / f"tracks{suffix}"
    points = [(label, v, e) for label, (v, e) in MEDIANS.items()]
    pl.DataFrame(points, schema=["mood", "valence", "energy"], orient="row").write_parquet(labels)
    tracks = pl.DataFrame(
        {"id": ["a", "b", "c"], "valence": [0.1, 0.5, 0.9], "energy": [0.2, 0.5, 0.8]}
    )
    if suffix == ".parquet":
        tracks.write_parquet(catalogue)
    else:
        tracks.write_csv(catalogue, separator="\t" if suffix == ".tsv" else ",")
    fit_target(labels, catalogue, tmp_path / "target.json")
    written = TargetMap.load(tmp_path / "target.json")
    assert written.energy_range == (0.212, 0.788)
    assert written.made_by.startswith("python -m export fit-target")
