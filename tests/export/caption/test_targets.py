import pytest

torch = pytest.importorskip("torch")

from export.caption.captions import Caption  # noqa: E402
from export.caption.targets import Targets, Words, level_of  # noqa: E402 - needs torch

CAPTIONS = [
    Caption("a", 0.7, None, "", "fine"),
    Caption("b", 0.85, None, "positive", "coarse"),
    Caption("c", None, None, "joy,anticipation", "words"),
    Caption("d", None, None, "joy:0.25", "degrees"),
]


@pytest.mark.parametrize(
    ("label", "level"),
    [
        ("negative", 0),
        ("neutral", 1),
        ("positive", 2),
        ("sadness,fear", 0),
        ("joy,surprise", 2),
        ("joy,sadness", None),
        ("surprise", None),
        ("joy:0.9", None),
        ("irony", None),
        ("", None),
    ],
)
def test_labels_are_ordered_where_they_have_one_sign(label: str, level: int | None) -> None:
    assert level_of(label) == level


def test_every_data_set_has_its_own_emotion_words() -> None:
    words = Words.of(CAPTIONS)
    assert words.sources == ("coarse", "degrees", "fine", "words")
    assert words.emotions == (("degrees", "joy"), ("words", "anticipation"), ("words", "joy"))
    assert words.emotion_mask().tolist() == [
        [False, False, False],
        [True, False, False],
        [False, False, False],
        [False, True, True],
    ]


def test_each_caption_teaches_what_it_was_rated_for() -> None:
    targets = Targets.of(CAPTIONS, Words.of(CAPTIONS))
    assert targets.source.tolist() == [2, 0, 3, 1]
    assert targets.valence[0].item() == pytest.approx(0.7)
    assert targets.valence[1:].isnan().all(), "a number made from a class is no rating"
    assert targets.arousal.isnan().all()
    assert targets.level.tolist() == [-1, 2, 2, -1]
    assert targets.emotions.tolist() == [[0, 0, 0], [0, 0, 0], [0, 1, 1], [0.25, 0, 0]]


def test_rows_are_taken_from_every_target() -> None:
    taken = Targets.of(CAPTIONS, Words.of(CAPTIONS)).rows(torch.tensor([3, 1]))
    assert taken.source.tolist() == [1, 0]
    assert taken.level.tolist() == [-1, 2]
    assert taken.emotions[0].tolist() == [0.25, 0, 0]
