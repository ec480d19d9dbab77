from pathlib import Path

import pytest

from export.caption.captions import Caption, CaptionDataError, drop_overlap, read_captions, text_key


def test_a_tsv_is_read_without_quoting(tmp_path: Path) -> None:
    path = tmp_path / "rated.tsv"
    path.write_text(
        'text\tvalence\tarousal\tlabel\tsource\tsplit\nA "good day\t0.8\t\tjoy:0.5\tdiary\tdev\n',
        encoding="utf-8",
    )
    assert read_captions(path) == [Caption('A "good day', 0.8, None, "joy:0.5", "diary", "dev")]


def test_a_file_without_a_source_column_is_one_source(tmp_path: Path) -> None:
    path = tmp_path / "diary.tsv"
    path.write_text("text\tvalence\nfine\t0.6\n", encoding="utf-8")
    assert read_captions(path) == [Caption("fine", 0.6, source="diary")]


def test_a_parquet_file_is_read_like_a_tsv(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    path = tmp_path / "rated.parquet"
    polars.DataFrame(
        {"text": ["fine"], "valence": [0.6], "arousal": [None], "label": [None], "source": ["a"]}
    ).write_parquet(path)
    assert read_captions(path) == [Caption("fine", 0.6, None, "", "a")]


def test_escapes_of_the_semeval_files_become_characters(tmp_path: Path) -> None:
    path = tmp_path / "tweets.tsv"
    path.write_text("text\nIt\\u2019s late\\nand cold\n", encoding="utf-8")
    assert read_captions(path)[0].text == "It\u2019s late and cold"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("missing.tsv", None, "cannot be read"),
        ("latin.tsv", b"text\n\xe9\n", "cannot be read"),
        ("columns.tsv", b"caption\thappy\nx\t1\n", "no column 'text'"),
        ("words.tsv", b"text\tvalence\nx\tgood\n", "no number"),
        ("not.parquet", b"text", "not a readable parquet file"),
    ],
)
def test_an_unusable_file_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / name
    if path.suffix == ".parquet":
        pytest.importorskip("polars")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CaptionDataError, match=sentence):
        read_captions(path)


def test_training_texts_that_stand_in_dev_are_dropped_and_counted() -> None:
    dev = [Caption("What a DAY, @anna! https://example.org", source="a")]
    train = [
        Caption("what a day @ben http://example.com/x", source="b"),
        Caption("what a night", source="b"),
        Caption("...", source="b"),
    ]
    kept, dropped = drop_overlap(train, [*dev, Caption("?!")])
    assert (kept, dropped) == (train[1:], 1)


def test_texts_with_different_emoji_are_different_texts() -> None:
    assert text_key("ok 🎉") != text_key("ok 💔")
