"""Fusion: by precision, bounded, whatever the order; a disagreement widens the spread."""

import json
import math
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import ModelError, NoEvidenceError
from inference.fusion import SOURCES, Axes, Evidence, Fusion, Link, Source
from inference.labels import EMOTION_VALENCE_AROUSAL, EMOTIONS

PLAIN = Fusion(
    face=Axes(Link(0.0, 1.0, 0.1), Link(0.0, 1.0, 0.1)),
    scene=Axes(Link(0.0, 1.0, 0.16), Link(0.0, 1.0, 0.16)),
    caption=Axes(Link(0.0, 1.0, 0.1), Link(0.0, 1.0, 0.1)),
    prior=Axes(Link(0.0, 0.0, 0.2), Link(-0.4, 0.0, 0.2)),
    usual_caption_sigma=0.1,
    made_by="by hand, for the tests",
)

SHIPPED = Fusion.load()

unit = st.floats(0.0, 1.0)
pieces = st.builds(
    Evidence,
    source=st.sampled_from(SOURCES),
    label=st.just("something"),
    valence=unit,
    arousal=unit,
    sigma=st.floats(0.02, 0.5),
    weight=st.floats(0.01, 3.0),
)
stories = st.lists(pieces, min_size=1, max_size=6)


def evidence(source: Source, valence: float, *, weight: float = 1.0) -> Evidence:
    return PLAIN.evidence(source, source, valence, 0.5, weight=weight)


@pytest.mark.parametrize("fusion", [PLAIN, SHIPPED], ids=["plain", "shipped"])
@given(stories)
def test_a_mood_is_bounded_and_its_weights_sum_to_one(
    fusion: Fusion, story: list[Evidence]
) -> None:
    mood = fusion.fuse(story)
    assert 0 <= mood.valence <= 1
    assert 0 <= mood.arousal <= 1
    assert 0 < mood.spread < 1
    assert sum(e.weight for e in mood.evidence) == pytest.approx(1)


@given(st.lists(pieces, min_size=1, max_size=4))
def test_the_order_of_the_evidence_does_not_matter(story: list[Evidence]) -> None:
    moods = [PLAIN.fuse(order) for order in permutations(story)]
    for mood in moods:
        assert mood.valence == pytest.approx(moods[0].valence)
        assert mood.arousal == pytest.approx(moods[0].arousal)
        assert mood.spread == pytest.approx(moods[0].spread)


@given(pieces, st.floats(0.0, 0.5), st.sampled_from(["face", "caption"]))
def test_a_brighter_reading_never_makes_a_darker_mood(
    other: Evidence, more: float, source: Source
) -> None:
    dark = evidence(source, 0.4)
    bright = replace(dark, valence=0.4 + more)
    others = [] if other.source == source else [other]
    assert PLAIN.fuse([bright, *others]).valence >= PLAIN.fuse([dark, *others]).valence - 1e-9


@pytest.mark.parametrize("fusion", [PLAIN, SHIPPED], ids=["plain", "shipped"])
def test_happier_faces_make_brighter_moods(fusion: Fusion) -> None:
    valences = {
        emotion: fusion.fuse([fusion.evidence("face", emotion, *map(float, point))]).valence
        for emotion, point in zip(EMOTIONS, EMOTION_VALENCE_AROUSAL, strict=True)
    }
    assert valences["happy"] > valences["surprise"] > valences["neutral"] > valences["sad"]


def test_nothing_to_read_is_an_error_with_advice() -> None:
    with pytest.raises(NoEvidenceError, match="send a photo"):
        PLAIN.fuse([])


def test_one_source_is_taken_at_its_calibrated_word() -> None:
    mood = PLAIN.fuse([evidence("caption", 0.8)])
    assert mood.valence == pytest.approx(0.8)
    assert mood.spread == pytest.approx(0.1)


def test_two_sources_that_agree_are_surer_than_one() -> None:
    one = PLAIN.fuse([evidence("caption", 0.8)])
    two = PLAIN.fuse([evidence("caption", 0.8), evidence("face", 0.8)])
    assert two.spread < one.spread
    # Both say more than the average story; together they say it louder.
    assert two.valence > one.valence


def test_two_sources_worked_out_by_hand() -> None:
    # Precisions 100 and 39.06, the prior's 25 out of each: 75 and 14.06; with the prior 114.06.
    # (100 x .9 + 39.0625 x .3 - 25 x .5) / (100 + 39.0625 - 25)
    mood = PLAIN.fuse([evidence("caption", 0.9), evidence("scene", 0.3)])
    assert mood.valence == pytest.approx((90 + 11.71875 - 12.5) / 114.0625)
    caption, scene = sorted(mood.evidence, key=lambda e: -e.weight)
    assert caption.weight == pytest.approx(75 / 89.0625)
    brighter, darker = 75 / 89.0625 * (0.9 - 0.5), 14.0625 / 89.0625 * (0.5 - 0.3)
    assert mood.spread == pytest.approx((1 / 114.0625 + 4 * brighter * darker) ** 0.5)
    assert scene.source == "scene"


@pytest.mark.parametrize(
    ("face", "caption", "label"),
    [
        (0.9, 0.1, "bittersweet"),
        (0.15, 0.85, "bittersweet"),
        (0.9, 0.85, "bright and lively"),
        (0.95, 0.6, "bright and lively"),
        (0.2, 0.2, "tense"),
        (0.5, 0.55, "restless"),
    ],
)
def test_the_label_names_a_disagreement(face: float, caption: float, label: str) -> None:
    mood = PLAIN.fuse([evidence("face", face), evidence("caption", caption)])
    assert mood.label == label


def test_a_disagreement_widens_the_spread() -> None:
    agreed = PLAIN.fuse([evidence("face", 0.5), evidence("caption", 0.5)])
    disputed = PLAIN.fuse([evidence("face", 0.9), evidence("caption", 0.1)])
    assert disputed.valence == pytest.approx(agreed.valence)
    assert disputed.spread > 3 * agreed.spread


def test_a_large_face_counts_more_than_a_small_one_of_the_same_photo() -> None:
    mood = PLAIN.fuse([evidence("face", 0.9, weight=3.0), evidence("face", 0.1, weight=1.0)])
    large, small = sorted(mood.evidence, key=lambda e: -e.weight)
    assert (large.weight, small.weight) == pytest.approx((0.75, 0.25))
    assert mood.valence > 0.5


def test_twins_are_no_surer_than_one_face() -> None:
    """One model read both from one photo: its errors do not average out."""
    one, twins = [evidence("face", 0.8)], [evidence("face", 0.8)] * 2
    assert PLAIN.fuse(twins).spread == pytest.approx(PLAIN.fuse(one).spread)


def test_a_calibration_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "fusion.json"
    PLAIN.save(path)
    assert Fusion.load(path) == PLAIN


@pytest.mark.parametrize(
    ("link", "reading", "estimate"),
    [
        (Link(0.0, 1.0, 0.1), 0.3, 0.3),
        (Link(0.0, 0.0, 0.1), 0.9, 0.5),
        (Link(math.log(3), 1.0, 0.1), 0.5, 0.75),  # even odds times three
        (Link(0.0, 1.0, 0.1), 0.0, 0.01),
        (Link(0.0, 1.0, 0.1), 1.0, 0.99),
    ],
)
def test_a_link_moves_the_odds(link: Link, reading: float, estimate: float) -> None:
    assert link.estimate(reading) == pytest.approx(estimate)


def test_what_agrees_with_different_force_is_no_disagreement() -> None:
    radiant = PLAIN.fuse([evidence("caption", 0.95), evidence("scene", 0.6)])
    assert radiant.label != "bittersweet"
    assert radiant.spread == pytest.approx(114.0625**-0.5)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"face": 1}', json.dumps({"face": {}})])
def test_a_damaged_calibration_is_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "fusion.json"
    path.write_text(text)
    with pytest.raises(ModelError, match="install Storify again"):
        Fusion.load(path)
