"""The replay of listeners, on a shelf whose answers are known."""

import json
from pathlib import Path

import pytest

pl = pytest.importorskip("polars")

from bot.catalog.local import FILE_NAME  # noqa: E402 - after the check for the extra
from bot.catalog.table import TableRow, open_table  # noqa: E402
from bot.types import Track  # noqa: E402
from export.music.evaluate_ranking import FEWEST_ARTISTS, evaluate_ranking, replay  # noqa: E402

FIGURES = {
    "early_hit_rate",
    "late_hit_rate",
    "late_hit_se",
    "valence_mae",
    "energy_mae",
    "diversity",
    "artist_coverage",
    "catalog_coverage",
}
ARTISTS = 80
EACH = 12
"""Tracks of each artist, spread over the whole plane, so every mood can be met by anyone."""


def fill(folder: Path) -> Path:
    tracks = [
        Track(
            f"{artist:03d}-{at:03d}",
            f"Song {at}",
            (f"artist {artist}",),
            (at * 7 + artist) % 23 / 22,
            (at * 5 + artist * 3) % 19 / 18,
            genres=("pop",) if artist % 2 else (),
        )
        for artist in range(ARTISTS)
        for at in range(EACH)
    ]
    open_table(folder / FILE_NAME, map(TableRow, tracks)).close()
    return folder


LISTENERS = {
    f"listener {number}": frozenset(f"artist {number + at}" for at in range(FEWEST_ARTISTS + 2))
    for number in range(6)
}


def test_the_report_has_every_figure_of_every_strategy(tmp_path: Path) -> None:
    report = replay(LISTENERS, fill(tmp_path), users=3, seed=1)
    assert (report["n_users"], report["n_tracks"]) == (3, ARTISTS * EACH)
    strategies = report["strategies"]
    assert isinstance(strategies, dict)
    assert list(strategies) == ["extreme_top_k", "nearest_valence", "mood_diversity", "own_thumbs"]
    for figures in strategies.values():
        assert set(figures) == FIGURES
        assert all(0 <= value <= 1 for value in figures.values())
    assert strategies["nearest_valence"]["valence_mae"] < 0.1
    assert strategies["extreme_top_k"]["valence_mae"] > strategies["own_thumbs"]["valence_mae"]
    assert strategies["own_thumbs"]["diversity"] >= 0.5


def test_thumbs_find_what_a_listener_plays(tmp_path: Path) -> None:
    strategies = replay(LISTENERS, fill(tmp_path), users=6, seed=0)["strategies"]
    assert isinstance(strategies, dict)
    with_thumbs, without = strategies["own_thumbs"], strategies["mood_diversity"]
    assert with_thumbs["late_hit_rate"] > 1.5 * without["late_hit_rate"]


def test_the_same_seed_gives_the_same_report(tmp_path: Path) -> None:
    fill(tmp_path)
    assert replay(LISTENERS, tmp_path, users=2, seed=5) == replay(
        LISTENERS, tmp_path, users=2, seed=5
    )


def test_listeners_whom_the_catalogue_does_not_know_are_left_out(tmp_path: Path) -> None:
    strangers = {"stranger": frozenset({"artist 1", "somebody else"})}
    report = replay(LISTENERS | strangers, fill(tmp_path), users=99, seed=0)
    assert report["n_users"] == len(LISTENERS)


def test_the_command_prints_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plays = tmp_path / "plays.parquet"
    rows = [(user, name.title(), 9) for user, names in LISTENERS.items() for name in names]
    pl.DataFrame(rows, schema=["user", "artist", "plays"], orient="row").write_parquet(plays)
    monkeypatch.setenv("STORIFY_DATA_DIR", str(fill(tmp_path)))
    evaluate_ranking(plays, users=1, as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["n_users"] == 1
