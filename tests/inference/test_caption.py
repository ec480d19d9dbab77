import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inference.caption import CaptionReader, CaptionReading, caption_label
from inference.errors import ModelError
from inference.manifest import MODELS_DIR


@pytest.fixture(scope="module")
def reader() -> CaptionReader:
    return CaptionReader()


def read(reader: CaptionReader, text: str) -> CaptionReading:
    reading = reader.read(text)
    assert reading is not None
    return reading


@pytest.mark.parametrize(
    ("happier", "sadder"),
    [
        ("best day ever 🎉", "worst day of my life 💔"),
        ("finally home with my favourite people", "nobody came to my birthday"),
        ("I am so happy today", "I am so sad today"),
        ("estoy muy feliz hoy", "estoy muy triste hoy"),
        ("quelle belle soirée, merci à tous", "quelle horrible soirée, plus jamais"),
        ("Ich freue mich riesig!", "Ich bin so enttäuscht."),
        ("que dia maravilhoso", "que dia terrível"),
        ("che bella giornata", "che brutta giornata"),
        ("أنا سعيد جدا اليوم", "أنا حزين جدا اليوم"),
        ("मैं आज बहुत खुश हूँ", "मैं आज बहुत दुखी हूँ"),
        ("🎉🥳", "😭😭"),
        ("😍", "😡"),
        ("#BestDayEver", "#WorstDayEver"),
    ],
)
def test_the_happier_of_two_captions_has_the_higher_valence(
    reader: CaptionReader, happier: str, sadder: str
) -> None:
    assert read(reader, happier).valence > read(reader, sadder).valence + 0.15


def test_extreme_captions_use_the_ends_of_the_scale(reader: CaptionReader) -> None:
    assert read(reader, "best day ever 🎉").valence > 0.8
    assert read(reader, "worst day of my life 💔").valence < 0.2


def test_excitement_is_higher_in_arousal_than_rest(reader: CaptionReader) -> None:
    excited = read(reader, "OMG I can't believe it, we WON!!! so excited!!!")
    resting = read(reader, "quiet afternoon, reading a bit")
    assert excited.arousal > resting.arousal + 0.1


@pytest.mark.parametrize("text", ["", "   \n", "...", "?!", "@anna", "https://example.org", "2026"])
def test_a_caption_that_says_nothing_is_no_evidence(reader: CaptionReader, text: str) -> None:
    assert reader.read(text) is None


@pytest.mark.parametrize("text", ["🎉", "x", "no", "ok " * 2000, "😭" * 500, "\U0001f9ff", "ﷺ"])
def test_any_other_caption_gives_a_point_on_the_scale(reader: CaptionReader, text: str) -> None:
    reading = read(reader, text)
    assert 0 <= reading.valence <= 1
    assert 0 <= reading.arousal <= 1
    assert 0.05 < reading.sigma < 0.5
    assert reading.label == caption_label(reading.valence, reading.arousal)


def test_a_short_caption_is_never_more_certain_than_a_long_one(reader: CaptionReader) -> None:
    short = read(reader, "nice")
    long = read(
        reader, "such a nice walk along the river with the dog before breakfast this morning"
    )
    assert short.sigma >= long.sigma


def test_invisible_marks_do_not_change_a_reading(reader: CaptionReader) -> None:
    assert reader.read("lovely\u200b day ❤️") == reader.read("lovely day ❤")


def test_threads_read_the_same_as_one(reader: CaptionReader) -> None:
    texts = [f"day {day} of a {word} week" for day in range(8) for word in ("good", "bad")]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(reader.read, texts)) == [reader.read(text) for text in texts]


@pytest.mark.parametrize(
    ("valence", "arousal", "label"),
    [
        (0.9, 0.7, "upbeat"),
        (0.8, 0.1, "content"),
        (0.5, 0.9, "neutral"),
        (0.2, 0.2, "sad"),
        (0.2, 0.8, "tense"),
    ],
)
def test_a_point_has_a_word(valence: float, arousal: float, label: str) -> None:
    assert caption_label(valence, arousal) == label


def test_a_tokenizer_that_was_changed_is_refused(tmp_path: Path) -> None:
    copy_models(tmp_path)
    with (tmp_path / "caption-tokenizer.json").open("a") as handle:
        handle.write("\n")
    with pytest.raises(ModelError, match="is not the one its model was trained with"):
        CaptionReader(folder=tmp_path)


def test_a_missing_tokenizer_is_named(tmp_path: Path) -> None:
    copy_models(tmp_path)
    (tmp_path / "caption-tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"caption-tokenizer\.json is missing"):
        CaptionReader(folder=tmp_path)


def copy_models(folder: Path) -> None:
    for name in ("caption.json", "caption-tokenizer.json"):
        shutil.copy(MODELS_DIR / name, folder)
    (folder / "caption.onnx").symlink_to(MODELS_DIR / "caption.onnx")
