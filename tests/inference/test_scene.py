"""The scene model on photos that ship in packages."""

import numpy as np
import pytest

from inference.scene import SceneReader, scene_pixels
from tests.photos import photo


@pytest.fixture(scope="module")
def reader() -> SceneReader:
    return SceneReader()


@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png", "rocket.jpg", "astronaut.png"])
def test_a_reading_lies_on_the_scale(reader: SceneReader, name: str) -> None:
    reading = reader.read(photo(name))
    assert 0 <= reading.valence <= 1
    assert 0 <= reading.arousal <= 1


def test_a_rocket_launch_is_more_arousing_than_a_cup_of_coffee(reader: SceneReader) -> None:
    assert reader.read(photo("rocket.jpg")).arousal > reader.read(photo("coffee.png")).arousal


def test_the_size_of_the_photo_hardly_matters(reader: SceneReader) -> None:
    large = photo("chelsea.png")
    small = large[: large.shape[0] // 2 * 2 : 2, : large.shape[1] // 2 * 2 : 2]
    assert reader.read(small).valence == pytest.approx(reader.read(large).valence, abs=0.08)


@pytest.mark.parametrize("shape", [(32, 32, 3), (1280, 40, 3), (300, 1280, 3)])
def test_any_shape_is_read(reader: SceneReader, shape: tuple[int, int, int]) -> None:
    reading = reader.read(np.full(shape, 127, np.uint8))
    assert 0 <= reading.valence <= 1


def test_the_whole_photo_is_seen() -> None:
    image = np.zeros((100, 400, 3), np.uint8)
    image[:, -40:] = 255
    assert scene_pixels(image, 224)[:, -20:].mean() > 250
