import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.mood_request import requested_mood
from bot.chat.wording import wording
from bot.errors import UnknownMoodError
from inference.mood_words import MOOD_WORDS, NEUTRAL, named_mood

ENGLISH = wording("en")


@pytest.mark.parametrize("word", MOOD_WORDS)
def test_every_named_mood_can_be_asked_for(word: str) -> None:
    mood = requested_mood([word.upper()], ENGLISH)

    assert (mood.valence, mood.arousal) == named_mood(word)
    assert (mood.label, mood.evidence) == (word, ())


@pytest.mark.parametrize(
    ("strength", "degree"), [("0.3", 0.3), ("0,3", 0.3), (".3", 0.3), ("1", 1)]
)
def test_a_number_after_the_word_is_its_strength(strength: str, degree: float) -> None:
    mood = requested_mood(["sad", strength], ENGLISH)

    assert (mood.valence, mood.arousal) == named_mood("sad", degree)


def test_strength_0_is_neutral() -> None:
    mood = requested_mood(["sad", "0"], ENGLISH)

    assert (mood.valence, mood.arousal) == NEUTRAL


@pytest.mark.parametrize("arguments", [["0.8", "0.4"], ["0,8", ".4"]])
def test_two_numbers_are_valence_and_arousal(arguments: list[str]) -> None:
    mood = requested_mood(arguments, ENGLISH)

    assert (mood.valence, mood.arousal) == (0.8, 0.4)
    assert mood.label == "valence 0.80, arousal 0.40"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["flurbig"], "no mood called “flurbig”"),
        (["very", "flurbig", "0.3"], "no mood called “very flurbig”"),
        (["0.5"], "no mood called “0.5”"),
        (["0.5", "0.5", "0.5"], "no mood called"),
        (["sad", "3"], "from 0 to 1"),
        (["1.1", "0.5"], "from 0 to 1"),
        (["nan", "0.5"], "no mood called “nan”"),
        (["-0.5", "0.5"], "no mood called “-0.5”"),
    ],
)
def test_what_names_no_mood_is_told_with_examples(arguments: list[str], sentence: str) -> None:
    with pytest.raises(UnknownMoodError, match=sentence) as raised:
        requested_mood(arguments, ENGLISH)

    assert "/mood 0.8 0.4" in str(raised.value)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_any_words_give_a_mood_in_range_or_one_sentence(arguments: list[str]) -> None:
    sentence = ""
    try:
        mood = requested_mood(arguments, ENGLISH)
        assert 0 <= min(mood.valence, mood.arousal) <= max(mood.valence, mood.arousal) <= 1
    except UnknownMoodError as error:
        sentence = str(error)

    assert len(sentence) < 200
