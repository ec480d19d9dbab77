"""Making the built-in track table."""

import hashlib
from pathlib import Path

import pytest

pl = pytest.importorskip("polars")

from bot.catalog.builtin import read_builtin  # noqa: E402 - after the check for the extra
from export.music.catalog import make_catalog  # noqa: E402


def source(folder: Path, **changes: list[object]) -> Path:
    columns: dict[str, list[object]] = {
        "track_id": ["bbb", "aaa", "aaa"],
        "track_name": ["Rain\tin  May ", "Sun", "Sun"],
        "artists": ["Bob", "Ann;Cy", "Ann;Cy"],
        "album_name": ['"Quoted', "Days", "Days"],
        "track_genre": ["rock", "rock", "metal"],
        "explicit": [False, True, True],
        "popularity": [7, 40, 41],
        "duration_ms": [200_000, 180_000, 180_000],
        "valence": [0.1234, 0.9, 0.9],
        "energy": [0.5, 0.1, 0.1],
        **changes,
    }
    path = folder / "source.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_an_id_in_two_genres_becomes_one_track_with_both(tmp_path: Path) -> None:
    out = tmp_path / "table.tsv.gz"
    make_catalog(source(tmp_path), out)
    sun, rain = (row.track for row in read_builtin(out))
    assert (sun.id, sun.title, sun.artists) == ("aaa", "Sun", ("Ann", "Cy"))
    assert (sun.genres, sun.popularity, sun.explicit) == (("metal", "rock"), 41, True)
    assert (rain.title, rain.album, rain.valence) == ("Rain in May", '"Quoted', 0.123)


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "two"):
        make_catalog(source(tmp_path), tmp_path / f"{name}.tsv.gz")
        digests.add(hashlib.sha256((tmp_path / f"{name}.tsv.gz").read_bytes()).hexdigest())
    assert len(digests) == 1
