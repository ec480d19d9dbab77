"""The emotion CNN on faces in photos that ship in packages."""

import numpy as np
import pytest

from inference.emotion import EmotionClassifier, EmotionScores
from inference.faces import Face, FaceDetector, align
from inference.labels import EMOTION_VALENCE_AROUSAL, EMOTIONS
from tests.photos import photo


@pytest.fixture(scope="module")
def classifier() -> EmotionClassifier:
    return EmotionClassifier()


@pytest.fixture(scope="module")
def smile() -> np.ndarray:
    image = photo("astronaut.png")
    (face,) = FaceDetector().detect(image)
    return align(image, face)


def scores(probabilities: list[float]) -> EmotionScores:
    face = Face((0, 0, 10, 10), np.zeros((6, 2), np.float32), 0.9, 0.1)
    return EmotionScores(np.array(probabilities, np.float32), face)


def test_a_smile_is_read_as_happy(classifier: EmotionClassifier, smile: np.ndarray) -> None:
    (probabilities,) = classifier.classify(smile[np.newaxis])
    assert EMOTIONS[probabilities.argmax()] == "happy"


def test_probabilities_sum_to_one(classifier: EmotionClassifier) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (9, 48, 48), dtype=np.uint8)
    probabilities = classifier.classify(noise)
    assert probabilities.shape == (9, 7)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(9), abs=1e-5)


def test_a_face_is_read_the_same_alone_and_in_a_group(
    classifier: EmotionClassifier, smile: np.ndarray
) -> None:
    group = np.stack([smile, 255 - smile, smile])
    alone = classifier.classify(smile[np.newaxis])[0]
    assert classifier.classify(group)[2] == pytest.approx(alone, abs=1e-5)


def test_a_mirror_image_and_another_exposure_say_the_same(
    classifier: EmotionClassifier, smile: np.ndarray
) -> None:
    dim = (smile * 0.5 + 40).astype(np.uint8)
    plain, mirrored, dimmed = classifier.classify(np.stack([smile, smile[:, ::-1], dim]))
    assert mirrored == pytest.approx(plain, abs=1e-4)
    assert dimmed == pytest.approx(plain, abs=0.05)


@pytest.mark.parametrize("grey", [0, 127, 255])
def test_a_crop_without_contrast_is_no_accident(classifier: EmotionClassifier, grey: int) -> None:
    assert np.isfinite(classifier.classify(np.full((1, 48, 48), grey, np.uint8))).all()


def test_no_faces_are_no_probabilities(classifier: EmotionClassifier) -> None:
    assert classifier.classify(np.empty((0, 48, 48), np.uint8)).shape == (0, 7)


@pytest.mark.parametrize("label", range(7))
def test_a_certain_emotion_stands_at_its_norm(label: int) -> None:
    certain = scores([float(at == label) for at in range(7)])
    assert certain.emotion == EMOTIONS[label]
    assert certain.valence_arousal == pytest.approx(EMOTION_VALENCE_AROUSAL[label])
