"""The words for a mood."""

import pytest

from inference.mood_label import are_opposed, mood_label


@pytest.mark.parametrize(
    ("valence", "arousal", "label"),
    [
        (0.80, 0.60, "bright and lively"),
        (0.80, 0.45, "bright"),
        (0.80, 0.20, "calm and content"),
        (0.50, 0.60, "restless"),
        (0.50, 0.20, "quiet"),
        (0.20, 0.60, "tense"),
        (0.20, 0.45, "downcast"),
        (0.20, 0.20, "sad and quiet"),
    ],
)
def test_a_point_has_words(valence: float, arousal: float, label: str) -> None:
    assert mood_label(valence, arousal) == label


def test_sources_that_contradict_are_bittersweet_wherever_they_meet() -> None:
    assert {mood_label(v / 10, 0.5, opposed=True) for v in range(11)} == {"bittersweet"}


@pytest.mark.parametrize(
    ("brightest", "darkest", "opposed"),
    [
        (0.80, 0.20, True),
        (0.65, 0.40, True),
        (0.95, 0.60, False),  # both bright, one of them radiant
        (0.45, 0.10, False),  # both dark
        (0.56, 0.48, False),  # hardly apart
    ],
)
def test_only_a_bright_and_a_dark_source_contradict(
    brightest: float, darkest: float, opposed: bool
) -> None:
    assert are_opposed(brightest, darkest) is opposed
