"""The words for a mood."""

import pytest

from inference.mood_label import mood_label


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


def test_sources_that_differ_are_bittersweet_wherever_they_meet() -> None:
    assert {mood_label(v / 10, 0.5, gap=0.3) for v in range(11)} == {"bittersweet"}
