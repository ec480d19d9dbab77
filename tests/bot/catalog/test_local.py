"""The catalogue on this machine."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.candidates import mood_distance
from bot.catalog import LocalCatalog
from bot.catalog.builtin import read_builtin
from bot.catalog.local import FILE_NAME
from bot.catalog.table import TableRow, open_table
from bot.errors import CatalogError, NoTracksError
from bot.types import Filters, Track
from inference.target import MusicTarget

SHELF = (
    Track("a1", "Sun", ("Ann",), 0.90, 0.80, genres=("pop",), popularity=50, year=2001),
    Track("a2", "Sun - Remastered 2011", ("Ann",), 0.90, 0.80, popularity=60, year=2011),
    Track("b1", "Rain", ("Bob", "Ann"), 0.20, 0.30, genres=("folk", "pop"), year=1990),
    Track("c1", "Rude", ("Cy",), 0.60, 0.70, genres=("rap",), explicit=True, popularity=9),
    Track("c2", "Rude", ("Cy",), 0.60, 0.70, genres=("rap",), popularity=3),
    Track("d1", "Silent Night", ("Dee",), 0.60, 0.60, genres=("pop",), popularity=99),
)


def open_shelf(folder: Path, tracks: tuple[Track, ...]) -> LocalCatalog:
    open_table(folder / FILE_NAME, map(TableRow, tracks)).close()
    return LocalCatalog.open(folder)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[LocalCatalog]:
    catalog = open_shelf(tmp_path, SHELF)
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def builtin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCatalog]:
    catalog = LocalCatalog.open(tmp_path_factory.mktemp("builtin"))
    yield catalog
    catalog.close()


def ids(catalog: LocalCatalog, *args: object, **more: object) -> list[str]:
    found = catalog.nearest(*args, **more)  # type: ignore[arg-type]  # as the method takes them
    return [text.decode() for text in found.ids]


def test_the_first_start_brings_the_built_in_tracks(builtin: LocalCatalog) -> None:
    info = builtin.info()
    assert len(builtin) == info.tracks == 5849
    assert info.offered < info.songs < info.tracks
    assert set(info.genres) == {"country", "deep-house", "dubstep", "hip-hop", "metal", "rock"}
    assert all(amount > 400 for amount in info.genres.values())
    assert info.years is None


def test_built_in_tracks_are_spotify_tracks_with_features() -> None:
    rows = list(read_builtin())
    assert len({row.track.id for row in rows}) == len(rows)
    for row in rows:
        assert len(row.track.id) == 22
        assert row.track.id.isalnum()
        assert row.track.title
        assert all(row.track.artists)
        assert 0 <= row.track.valence <= 1
        assert 0 <= row.track.energy <= 1
        assert 0 <= row.track.popularity <= 100


def test_a_damaged_built_in_table_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "builtin.tsv.gz"
    path.write_bytes(b"\x1f\x8b\x08 cut short")
    with pytest.raises(CatalogError, match="install Storify again"):
        list(read_builtin(path))


def test_a_damaged_file_is_one_sentence_at_the_start(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no table" * 1000)
    with pytest.raises(CatalogError, match="delete it"):
        LocalCatalog.open(tmp_path)


def test_an_empty_table_has_no_tracks_left(tmp_path: Path) -> None:
    catalog = open_shelf(tmp_path, ())
    assert len(catalog) == 0
    assert catalog.info().genres == {}
    with pytest.raises(NoTracksError):
        catalog.nearest(MusicTarget(0.5, 0.5), 5, exclude=["a1"])
    catalog.close()


def test_a_track_is_found_by_its_id(shelf: LocalCatalog) -> None:
    assert shelf.track("b1") == SHELF[2]
    assert shelf.track("zz") is None
    assert shelf.tracks(["c1", "zz", "a1"]) == (SHELF[3], SHELF[0])


def test_nearest_comes_first_one_id_a_song_and_no_carols(shelf: LocalCatalog) -> None:
    # a2 is the more popular of the two ids; c1 is explicit and c2 is its clean version.
    assert ids(shelf, MusicTarget(0.61, 0.69), 9) == ["c1", "c2", "a2", "b1"]
    assert ids(shelf, MusicTarget(0.1, 0.1), 1) == ["b1"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(allow_explicit=False), ["c2", "a2", "b1"]),
        (Filters(genres=frozenset({"folk", "rap"})), ["c1", "c2", "b1"]),
        (Filters(years=(1990, 1999)), ["b1"]),
        (Filters(years=(2011, 2011)), ["a2"]),
        (Filters(genres=frozenset({"rap"}), allow_explicit=False), ["c2"]),
        (Filters(languages=frozenset({"en"})), ["c1", "c2", "a2", "b1"]),
    ],
)
def test_filters_leave_out_what_they_say(
    shelf: LocalCatalog, filters: Filters, expected: list[str]
) -> None:
    assert ids(shelf, MusicTarget(0.61, 0.69), 9, filters) == expected


def test_filters_that_leave_nothing_are_one_sentence(shelf: LocalCatalog) -> None:
    with pytest.raises(NoTracksError, match="No track is left"):
        shelf.nearest(MusicTarget(0.5, 0.5), 5, Filters(genres=frozenset({"zydeco"})))


def test_excluding_an_id_excludes_the_song(shelf: LocalCatalog) -> None:
    assert ids(shelf, MusicTarget(0.61, 0.69), 9, exclude=["a1"]) == ["c1", "c2", "b1"]
    assert ids(shelf, MusicTarget(0.61, 0.69), 1, exclude=["c2", "nowhere"]) == ["a2"]
    with pytest.raises(NoTracksError):
        shelf.nearest(MusicTarget(0.5, 0.5), 5, exclude=["a2", "b1", "c1"])


def test_candidates_carry_what_the_tracks_say(shelf: LocalCatalog) -> None:
    found = shelf.nearest(MusicTarget(0.61, 0.69), 9)
    credited = [
        tuple(found.artist_names[number] for number in found.credited(row))
        for row in range(len(found))
    ]
    assert credited == [("Cy",), ("Cy",), ("Ann",), ("Bob", "Ann")]
    assert found.songs[0] == found.songs[1] != found.songs[2]
    assert found.genres[0] == found.genres[1] >= 0
    assert found.genres[2] == -1
    assert found.tracks([3, 0]) == (SHELF[2], SHELF[3])
    assert found.popularity.tolist() == [9, 3, 60, 0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(1, 700),
    st.lists(st.integers(0, 5848), max_size=30),
)
def test_nearest_is_what_sorting_everything_gives(
    builtin: LocalCatalog, valence: float, energy: float, count: int, gone: list[int]
) -> None:
    columns = builtin._columns
    exclude = [columns.ids[row].decode() for row in gone]
    target = MusicTarget(valence, energy)
    found = builtin.nearest(target, count, exclude=exclude)

    rows = columns.offered_rows()
    rows = rows[~np.isin(columns.songs[rows], columns.songs[gone])]
    distance = np.sort(mood_distance(columns.valence[rows], columns.energy[rows], target))
    np.testing.assert_allclose(found.distance, distance[:count], rtol=1e-6)
    assert len(np.unique(found.ids)) == len(found) == min(count, len(rows))
    assert not set(found.ids.tolist()) & {text.encode() for text in exclude}


def test_threads_may_share_a_catalogue(builtin: LocalCatalog) -> None:
    def ask(at: int) -> int:
        found = builtin.nearest(MusicTarget(at / 40, 0.5), 20)
        return len(found.tracks(range(20)))

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(40))) == {20}


def test_a_closed_catalogue_is_one_sentence(tmp_path: Path) -> None:
    catalog = open_shelf(tmp_path, SHELF)
    catalog.close()
    with pytest.raises(CatalogError, match="cannot be used"):
        catalog.track("a1")


def test_distance_is_measured_in_what_one_mood_varies_by() -> None:
    axis = np.array([0.5, 0.7, 0.5], dtype=np.float32)
    other = np.array([0.5, 0.5, 0.65], dtype=np.float32)
    assert mood_distance(axis, other, MusicTarget(0.5, 0.5)) == pytest.approx([0.0, 1.0, 1.0])
