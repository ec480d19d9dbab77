"""Tables of rated photos."""

from pathlib import Path

import numpy as np
import pytest

from export.mood.rated_photos import read_rated_photos, read_readings, write_readings


def table(folder: Path, text: str) -> Path:
    path = folder / "ratings.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_row_is_read_and_its_photo_lies_beside_the_table(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "photo\ttheme\tcaption\tvalence\tarousal\tmood\n"
        'images/a.jpg\tdogs\t"so good", she said\t0.75\t0.5\tjoy\n',
    )
    (row,) = read_rated_photos(path)
    assert row.photo == tmp_path / "images" / "a.jpg"
    assert row.caption == '"so good", she said'
    assert (row.valence, row.arousal, row.theme) == (0.75, 0.5, "dogs")


@pytest.mark.parametrize(
    "text",
    ["photo\tcaption\tvalence\na.jpg\t\t1\n", "photo\tcaption\tvalence\tarousal\na.jpg\t\t1\t\n"],
)
def test_arousal_may_be_missing(tmp_path: Path, text: str) -> None:
    (row,) = read_rated_photos(table(tmp_path, text))
    assert row.arousal is None
    assert row.theme == "a.jpg"


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no column valence"):
        read_rated_photos(table(tmp_path, "photo\tcaption\na.jpg\thi\n"))


def test_a_bad_number_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line 3"):
        read_rated_photos(table(tmp_path, "photo\tcaption\tvalence\na\t\t1\nb\t\thigh\n"))


def test_readings_survive_their_file(tmp_path: Path) -> None:
    rated = read_rated_photos(table(tmp_path, "photo\tcaption\tvalence\nx/a.jpg\t\t1\n"))
    path = tmp_path / "runs" / "held_out.tsv"
    write_readings(path, rated, np.array([[0.25, 0.5]]))
    assert read_readings(path) == {"a.jpg": (0.25, 0.5)}
