"""The SQLite file: made once, whole or not at all, and with one sentence for each failure."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.catalog import table
from bot.catalog.table import SCHEMA_VERSION, TableRow, add_rows, catalog_errors, open_table
from bot.errors import CatalogError
from bot.types import Track

ROOT = Path(__file__).parents[3]


def rows(count: int) -> list[TableRow]:
    return [
        TableRow(Track(f"id{at:04d}", f"Song {at}", (f"Artist {at}",), at / count, 0.5))
        for at in range(count)
    ]


def count(path: Path) -> int:
    connection = open_table(path, ())
    try:
        return int(connection.execute("SELECT count(*) FROM track").fetchone()[0])
    finally:
        connection.close()


def tracks_in(connection: sqlite3.Connection) -> list[Track]:
    query = f"SELECT {table.TRACK_COLUMNS} FROM track ORDER BY id"  # noqa: S608 - a constant
    return [table.read_track(row) for row in connection.execute(query)]


def test_the_first_start_fills_the_table_and_the_second_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "catalog.sqlite3"
    open_table(path, rows(20)).close()
    open_table(path, rows(3)).close()
    assert count(path) == 20


def test_starts_at_the_same_time_make_one_whole_table(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    with ThreadPoolExecutor(4) as pool:
        for connection in pool.map(lambda _: open_table(path, rows(500)), range(4)):
            connection.close()
    assert count(path) == 500


def test_a_kill_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    program = f"""
        import os, signal
        from pathlib import Path
        from bot.catalog.table import TableRow, open_table
        from bot.types import Track

        def rows():
            for at in range(100_000):
                if at == 15_000:
                    os.kill(os.getpid(), signal.SIGKILL)
                yield TableRow(Track(f"id{{at}}", "Song", ("Artist",), 0.5, 0.5, album="x" * 200))

        open_table(Path({str(path)!r}), rows())
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert run.returncode == -signal.SIGKILL
    open_table(path, rows(7)).close()
    assert count(path) == 7


def test_a_source_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"

    def broken() -> Iterator[TableRow]:
        yield from rows(5)
        raise CatalogError("The source broke.")

    with pytest.raises(CatalogError, match="The source broke"):
        open_table(path, broken())
    open_table(path, rows(6)).close()
    assert count(path) == 6


def test_a_track_survives_the_table(tmp_path: Path) -> None:
    track = Track(
        "id1",
        "Nächte; \t„so“",
        ("A, B", "C;D"),
        0.123,
        0.987,
        album="Album",
        year=1999,
        genres=("deep house", "pop"),
        explicit=True,
        popularity=44,
        isrc="XX0000000000",
    )
    bare = Track("id2", "Bare", ("A",), 0.0, 1.0)
    connection = open_table(tmp_path / "c.sqlite3", [TableRow(track, 180_000), TableRow(bare)])
    found = tracks_in(connection)
    connection.close()
    assert found == [track, bare]


def test_an_id_that_comes_again_is_completed_not_replaced(tmp_path: Path) -> None:
    first = Track("id1", "Song", ("A",), 0.2, 0.3, year=1999, popularity=70)
    again = Track("id1", "Other", ("B",), 0.9, 0.9, genres=("pop",), popularity=10, isrc="X")
    connection = open_table(tmp_path / "c.sqlite3", [TableRow(first)])
    add_rows(connection, [TableRow(again)])
    (found,) = tracks_in(connection)
    connection.close()
    assert (found.title, found.valence, found.year, found.popularity) == ("Song", 0.2, 1999, 70)
    assert (found.genres, found.isrc) == (("pop",), "X")


def test_a_newer_table_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    open_table(path, rows(1)).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(CatalogError, match="made by a newer Storify"):
        open_table(path, ())


def test_a_file_that_is_no_table_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    path.write_bytes(b"not a table at all, " * 100)
    with pytest.raises(CatalogError, match="is not a track table; delete it"):
        open_table(path, ())


def test_a_damaged_table_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    open_table(path, rows(2000)).close()
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    path.write_bytes(damaged)
    connection = open_table(path, ())
    with pytest.raises(CatalogError, match="is damaged; delete it"), catalog_errors(path):
        connection.execute("SELECT sum(valence) FROM track").fetchone()
    connection.close()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(CatalogError, match=r"cannot be made .*; check its folder"):
        open_table(tmp_path / "file" / "catalog.sqlite3", ())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CatalogError, match="cannot be opened; check"):
            open_table(tmp_path / "catalog.sqlite3", ())
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    connection = open_table(path, rows(1))
    connection.execute("PRAGMA max_page_count = 4")
    with pytest.raises(CatalogError, match="the disk is full"), catalog_errors(path):
        add_rows(connection, rows(5000))
    connection.close()


def test_a_locked_table_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite3"
    holder = open_table(path, rows(1))
    holder.execute("BEGIN EXCLUSIVE")
    other = sqlite3.connect(path, timeout=0)
    with pytest.raises(CatalogError, match="held by another process"), catalog_errors(path):
        other.execute("SELECT * FROM track")
    other.close()
    holder.close()


@pytest.mark.parametrize("error", [sqlite3.ProgrammingError("closed"), sqlite3.Error("odd")])
def test_an_error_without_a_code_is_still_one_sentence(error: sqlite3.Error) -> None:
    sentence = r"cannot be used \((closed|odd)\)\.$"
    with pytest.raises(CatalogError, match=sentence), catalog_errors(Path("t.sqlite3")):
        raise error


def test_extended_codes_are_read_as_their_primary_ones(tmp_path: Path) -> None:
    for code in table._SENTENCES:
        error = sqlite3.OperationalError("x")
        error.sqlite_errorcode = code | (1 << 8)
        with pytest.raises(CatalogError) as caught, catalog_errors(tmp_path):
            raise error
        assert "(x)" not in str(caught.value)
