"""From a mood to a music target: bounded, monotone, and where the labelled music is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import ModelError
from inference.fusion import Mood
from inference.mood_words import named_mood
from inference.target import (
    DIRECTIONS,
    Direction,
    LogisticPlane,
    MusicTarget,
    TargetMap,
    music_target,
    shipped_map,
    step,
)

units = st.floats(0, 1)


def target_of(valence: float, arousal: float) -> MusicTarget:
    return music_target(Mood(valence, arousal, 0.1, "told"))


@given(units, units)
def test_a_target_lies_where_the_catalogue_has_tracks(valence: float, arousal: float) -> None:
    target = target_of(valence, arousal)
    low, high = shipped_map().valence_range
    assert 0 <= low <= target.valence <= high <= 1
    low, high = shipped_map().energy_range
    assert 0 <= low <= target.energy <= high <= 1


@given(units, units, units)
def test_a_happier_mood_never_asks_for_sadder_music(one: float, other: float, a: float) -> None:
    less, more = target_of(min(one, other), a), target_of(max(one, other), a)
    assert less.valence <= more.valence
    assert less.energy <= more.energy


@given(units, units, units)
def test_a_more_aroused_mood_never_asks_for_calmer_music(
    one: float, other: float, v: float
) -> None:
    less, more = target_of(v, min(one, other)), target_of(v, max(one, other))
    assert less.valence <= more.valence
    assert less.energy <= more.energy


@pytest.mark.parametrize(
    ("valence", "arousal", "expected"),
    [
        pytest.param(1.0, 0.65, (0.70, 0.86), id="as happy as can be"),
        pytest.param(0.93, 0.63, (0.67, 0.84), id="happy"),
        pytest.param(0.75, 0.20, (0.49, 0.27), id="calm and positive"),
        pytest.param(0.56, 0.31, (0.38, 0.34), id="neutral"),
        pytest.param(0.14, 0.31, (0.17, 0.34), id="sad"),
        pytest.param(0.19, 0.65, (0.23, 0.86), id="angry"),
    ],
)
def test_moods_land_where_such_music_is(
    valence: float, arousal: float, expected: tuple[float, float]
) -> None:
    target = target_of(valence, arousal)
    assert (target.valence, target.energy) == pytest.approx(expected, abs=0.03)


@given(units, units, st.sampled_from(DIRECTIONS))
def test_a_step_stays_in_range_and_goes_its_way(
    valence: float, energy: float, direction: Direction
) -> None:
    start = shipped_map().clip(valence, energy)
    turned = step(start, direction)
    assert turned == shipped_map().clip(turned.valence, turned.energy)
    axis = "valence" if direction in {"happier", "sadder"} else "energy"
    moved = getattr(turned, axis) - getattr(start, axis)
    assert moved >= 0 if direction in {"happier", "livelier"} else moved <= 0


@pytest.mark.parametrize(("there", "back"), [("happier", "sadder"), ("livelier", "calmer")])
def test_a_step_and_its_opposite_cancel(there: Direction, back: Direction) -> None:
    start = MusicTarget(0.5, 0.6)
    turned = step(start, there)
    assert abs(turned.valence - start.valence) + abs(turned.energy - start.energy) >= 0.15
    assert step(turned, back).valence == pytest.approx(start.valence)
    assert step(turned, back).energy == pytest.approx(start.energy)


def test_a_map_survives_saving(tmp_path: Path) -> None:
    plane = LogisticPlane(-1.0, 2.0, 0.5)
    saved = TargetMap(plane, plane, (0.1, 0.9), (0.2, 0.8), "by hand")
    saved.save(tmp_path / "target.json")
    assert TargetMap.load(tmp_path / "target.json") == saved


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"valence": {"slope": 1}})])
def test_a_damaged_map_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "target.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="install Storify again"):
        TargetMap.load(path)


def test_a_word_of_the_labels_asks_for_the_music_of_its_label() -> None:
    happy, sad = named_mood("happy"), named_mood("sad")
    assert happy is not None
    assert sad is not None
    assert target_of(*happy).valence - target_of(*sad).valence > 0.4
    assert target_of(*happy).energy - target_of(*sad).energy > 0.4
