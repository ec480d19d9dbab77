"""Words that name a mood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import mood_words
from inference.labels import EMOTION_VALENCE_AROUSAL, EMOTIONS
from inference.mood_words import MOOD_WORDS, NEUTRAL, named_mood


@pytest.mark.parametrize("word", MOOD_WORDS)
def test_every_word_on_offer_is_understood_in_any_case(word: str) -> None:
    point = named_mood(f" {word.upper()} ")
    assert point is not None
    assert all(0 <= value <= 1 for value in point)


@pytest.mark.parametrize("word", sorted(mood_words._SYNONYMS))
def test_every_synonym_leads_to_a_word(word: str) -> None:
    assert named_mood(word) is not None


@pytest.mark.parametrize("word", ["", "xyzzy", "0.5", "happy sad"])
def test_an_unknown_word_names_no_mood(word: str) -> None:
    assert named_mood(word) is None


@pytest.mark.parametrize("word", ["angry", "happy", "sad", "neutral"])
def test_words_stand_where_the_faces_of_that_name_do(word: str) -> None:
    expected = EMOTION_VALENCE_AROUSAL[EMOTIONS.index(word)]
    assert named_mood(word) == pytest.approx(tuple(map(float, expected)), abs=1e-6)


@given(st.sampled_from(MOOD_WORDS), st.floats(0, 1), st.floats(0, 1))
def test_more_intensity_is_further_from_neutral(word: str, one: float, other: float) -> None:
    weak, strong = named_mood(word, min(one, other)), named_mood(word, max(one, other))
    assert weak is not None
    assert strong is not None
    for axis in (0, 1):
        assert abs(weak[axis] - NEUTRAL[axis]) <= abs(strong[axis] - NEUTRAL[axis]) + 1e-12


def test_intensity_runs_from_neutral_to_the_word_and_no_further() -> None:
    assert named_mood("sad", 0.0) == NEUTRAL
    assert named_mood("sad", -3.0) == NEUTRAL
    assert named_mood("sad", 7.0) == pytest.approx(named_mood("sad"))
    assert named_mood("sad", 0.5) == pytest.approx((0.35, 0.31))
