import json
from pathlib import Path

import pytest
import typer

from export.caption.captions import Caption
from export.caption.evaluate import as_table, evaluate, evaluate_caption

RATED = [
    Caption("awful", 0.1, 0.2, source="diary"),
    Caption("fine", 0.6, 0.4, source="diary"),
    Caption("great", 0.9, 0.9, source="diary"),
    Caption("bad", 0.2, None, source="review"),
    Caption("good", 0.8, None, source="review"),
]


def perfect(text: str) -> tuple[float, float]:
    found = next(caption for caption in RATED if caption.text == text)
    return found.valence or 0.0, found.arousal or 0.0


def test_a_model_that_agrees_with_everybody_has_r_one_and_no_error() -> None:
    report = evaluate(RATED, perfect)
    assert report["n"] == 5
    assert report["ms_per_caption"] >= 0
    assert report["sources"] == {
        "diary": {
            "n": 3,
            "valence": {"pearson": 1.0, "mae": 0.0},
            "arousal": {"pearson": 1.0, "mae": 0.0},
        },
        "review": {"n": 2, "valence": {"pearson": 1.0, "mae": 0.0}, "arousal": None},
    }


def test_a_constant_offset_shows_in_the_error_but_not_in_r() -> None:
    report = evaluate(RATED[3:], lambda text: (perfect(text)[0] - 0.1, 0.5))
    assert report["sources"]["review"]["valence"] == {"pearson": 1.0, "mae": 0.1}


def test_the_table_names_every_source() -> None:
    table = as_table(evaluate(RATED, perfect))
    assert [line.split()[0] for line in table.splitlines()] == ["source", "diary", "review", "5"]


def test_the_command_prints_one_object_from_the_shipped_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "captions.tsv"
    path.write_text(
        "text\tvalence\tarousal\tsource\tsplit\n"
        "such a lovely evening with all of you\t0.9\t\tdiary\tdev\n"
        "everything I tried today went wrong\t0.1\t\tdiary\tdev\n"
        "...\t0.5\t\tdiary\tdev\n"
        "not of this split\t0.5\t\tdiary\ttrain\n"
        "no rating\t\t\tdiary\tdev\n",
        encoding="utf-8",
    )
    evaluate_caption(path, as_json=True, split="dev")
    out = capsys.readouterr().out
    report = json.loads(out)
    assert out.count("\n") == 1
    assert report["n"] == report["sources"]["diary"]["n"] == 3
    assert report["sources"]["diary"]["valence"]["pearson"] > 0.9
    assert report["sources"]["diary"]["arousal"] is None


def test_a_file_without_ratings_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "captions.tsv"
    path.write_text("text\nfine\n", encoding="utf-8")
    with pytest.raises(typer.Exit) as stop:
        evaluate_caption(path)
    assert stop.value.exit_code == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "has no rated text" in err
