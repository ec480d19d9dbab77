import re
from dataclasses import replace

import pytest

from bot.chat.reading import describe, explain
from bot.chat.wording import wording
from inference.fusion import Evidence, Mood, Source
from inference.labels import EMOTIONS

ENGLISH = wording("en")


def piece(
    source: Source, label: str, valence: float, weight: float, arousal: float = 0.45
) -> Evidence:
    return Evidence(source, label, valence, arousal, sigma=0.1, weight=weight)


def mood(*evidence: Evidence, label: str = "bright") -> Mood:
    return Mood(0.6, 0.45, 0.1, label, evidence)


SMILE = piece("face", "happy", 0.8, 0.5)
UPBEAT = piece("caption", "upbeat", 0.8, 0.5)
SAD_WORDS = piece("caption", "sad", 0.2, 0.5)


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        ((SMILE, UPBEAT), "A smile and an upbeat caption: <b>bright</b>."),
        ((replace(SMILE, weight=1.0),), "A smile: <b>bright</b>."),
        ((piece("scene", "scene", 0.3, 1.0),), "A sombre scene: <b>bright</b>."),
        ((piece("scene", "scene", 0.7, 1.0, 0.6),), "A bright, lively scene: <b>bright</b>."),
        (
            (piece("face", "happy", 0.7, 0.4), piece("scene", "scene", 0.6, 0.2), UPBEAT),
            "An upbeat caption, a smile and a pleasant, quiet scene: <b>bright</b>.",
        ),
        (
            (piece("face", "happy", 0.8, 0.4), piece("face", "sad", 0.7, 0.1), UPBEAT),
            "A smile among 2 faces and an upbeat caption: <b>bright</b>.",
        ),
        ((piece("caption", "a new label", 0.6, 1.0),), "The caption: <b>bright</b>."),
    ],
)
def test_what_was_read_is_said_with_the_weightiest_source_first(
    evidence: tuple[Evidence, ...], sentence: str
) -> None:
    assert describe(mood(*evidence), ENGLISH) == sentence


def test_a_source_that_hardly_counts_is_not_spoken_of() -> None:
    faint = piece("scene", "scene", 0.1, 0.05)

    assert "scene" not in describe(mood(replace(SMILE, weight=0.95), faint), ENGLISH)


def test_a_named_mood_is_called_by_its_name() -> None:
    assert describe(mood(label="<calm>"), ENGLISH) == "Songs for <b>&lt;calm&gt;</b>:"


def test_sources_that_do_not_agree_are_said_not_to() -> None:
    told = describe(mood(SMILE, SAD_WORDS, label="bittersweet"), ENGLISH)

    assert "They do not agree: a smile, yet a sad caption. The songs lie in between" in told


@pytest.mark.parametrize(
    ("face", "leaning"), [(0.8, "lean towards the face"), (0.2, "lean towards the caption")]
)
def test_the_weightier_of_two_that_disagree_is_named(face: float, leaning: str) -> None:
    evidence = replace(SMILE, weight=face), replace(SAD_WORDS, weight=1 - face)

    assert leaning in describe(mood(*evidence), ENGLISH)


def test_sources_that_agree_raise_no_doubt() -> None:
    assert "agree" not in describe(mood(SMILE, UPBEAT), ENGLISH)


def test_the_why_gives_each_source_its_share() -> None:
    evidence = replace(SMILE, weight=0.25), replace(UPBEAT, weight=0.75)

    assert explain(mood(*evidence), ENGLISH) == (
        "Read from an upbeat caption (75 %) and a smile (25 %)."
    )
    assert explain(mood(), ENGLISH) == "It is the one you named."


@pytest.mark.parametrize("label", EMOTIONS)
def test_a_face_is_described_and_the_person_is_not(label: str) -> None:
    said = describe(mood(piece("face", label, 0.5, 1.0)), ENGLISH)

    assert re.match("An expression that looks|A smile", said)
    assert not re.search(r"\b(you|you're|feel|feeling)\b", said, re.IGNORECASE)
