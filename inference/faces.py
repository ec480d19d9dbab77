"""Faces in a photo (BlazeFace full-range), and each as an upright grey crop for the emotion CNN."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from inference.manifest import MODELS_DIR
from inference.session import OnnxModel

RIGHT_EYE, LEFT_EYE, NOSE, MOUTH, RIGHT_EAR, LEFT_EAR = range(6)
"""Rows of ``Face.keypoints``. Right and left are the person's own, so the right eye lies left."""

_SIDE: Final = 192
"""Side of the network's square input, in pixels."""

_GRID: Final = 48
"""One anchor in the middle of each cell of a 48 x 48 grid, row by row."""

_SUPPRESSION_IOU: Final = 0.3
"""Boxes that overlap more than this are one face (MediaPipe's face_detection_full_range)."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face, in pixels of the upright photo."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom, within the photo."""
    keypoints: npt.NDArray[np.float32]
    """``(6, 2)`` x and y of right eye, left eye, nose tip, mouth, right ear, left ear."""
    confidence: float
    """0 to 1."""
    area_fraction: float
    """The box's share of the photo, 0 to 1."""


_EYE_TO_EYE: Final = 0.353
"""Distance between the eyes in a FER-2013 crop, as a share of its side.

Medians over 1,500 crops of the Training split, found by this detector in 75% of them when enlarged
to 112 px in the middle of its input: right eye (.316, .397), left eye (.671, .395), mouth
(.496, .778). The side itself varies by 17% (standard deviation) against any of these measures.
"""

_EYE_TO_MOUTH: Final = 0.384
"""Distance from between the eyes to the mouth, likewise."""

_CENTRE_Y: Final = 0.589
"""Where the middle of eyes and mouth lies in such a crop, from its top; it lies at .5 across."""


class FaceDetector:
    """Finds faces, from about a twentieth of the photo's longer side up to all of it.

    May be shared by threads.
    """

    def __init__(
        self, *, threads: int = 1, threshold: float = 0.5, folder: Path = MODELS_DIR
    ) -> None:
        """Opens the model; raises ``ModelError`` if it is missing or was changed."""
        self._model = OnnxModel("faces", threads=threads, folder=folder)
        manifest = self._model.manifest
        self._mean = np.float32(manifest.mean[0])
        self._std = np.float32(manifest.std[0])
        self._logit_threshold = float(np.log(threshold / (1 - threshold)))

    def detect(self, image: npt.NDArray[np.uint8]) -> tuple[Face, ...]:
        """The faces in an ``(H, W, 3)`` RGB photo, the largest first; often there are none.

        Where none is found the photo is looked at once more from twice the distance, because the
        network overlooks a face that fills most of its input, as in a selfie. Only such a face
        counts then: at that distance fur and foliage pass for small ones.
        """
        faces = self._look(image, _SIDE)
        if faces:
            return faces
        half = max(image.shape) / 2
        return tuple(face for face in self._look(image, _SIDE // 2) if _longer_side(face) >= half)

    def _look(self, image: npt.NDArray[np.uint8], side: int) -> tuple[Face, ...]:
        """The faces found when the photo's longer side is made ``side`` pixels."""
        pixels, scale, offset = self._letterbox(image, side)
        regressions, logits = self._model.run({self._model.manifest.input_name: pixels})
        points, scores = self._decode(regressions[0], logits[0, :, 0])
        merged = _merge_overlapping(points, scores)
        faces = (
            _face((points - offset) / scale, score, image.shape[:2]) for points, score in merged
        )
        return tuple(
            sorted(
                (face for face in faces if face.area_fraction > 0),
                key=lambda face: (-face.area_fraction, -face.confidence),
            )
        )

    def _letterbox(
        self, image: npt.NDArray[np.uint8], side: int
    ) -> tuple[npt.NDArray[np.float32], float, npt.NDArray[np.float32]]:
        """``(1, 3, 192, 192)`` in the network's range, black around; its scale and offset."""
        height, width = image.shape[:2]
        scale = side / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2
        canvas = np.zeros((_SIDE, _SIDE, 3), np.uint8)
        canvas[top : top + size[1], left : left + size[0]] = _resized(image, size)
        normalised = (canvas.astype(np.float32) - self._mean) / self._std
        network_input = np.ascontiguousarray(normalised.transpose(2, 0, 1))[np.newaxis]
        return network_input, scale, np.array((left, top), np.float32)

    def _decode(
        self, regressions: npt.NDArray[np.float32], logits: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Points ``(N, 8, 2)`` on the 192-px canvas and confidences ``(N,)`` above the threshold.

        The network gives, for each of 2,304 anchors, the box's centre and size and six keypoints,
        all but the size relative to the anchor. Returned are two corners and six keypoints.
        """
        chosen = np.flatnonzero(logits > self._logit_threshold)
        points = regressions[chosen].reshape(-1, 8, 2).copy()
        anchors = np.stack((chosen % _GRID, chosen // _GRID), axis=1) + np.float32(0.5)
        half = points[:, 1] / 2
        points[:, 1] = 0
        points += (anchors * np.float32(_SIDE / _GRID))[:, np.newaxis]
        centre = points[:, 0].copy()
        points[:, 0], points[:, 1] = centre - half, centre + half
        valid = (half > 0).all(axis=1)
        return points[valid], np.reciprocal(1 + np.exp(-logits[chosen][valid]))


def _resized(image: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Resized without aliasing, in proportion, to ``(width, height)``."""
    if image.shape[1] <= size[0]:
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    # Averaging by a whole factor is four times as fast as by a fraction, hence first to the triple.
    triple = size[0] * 3, size[1] * 3
    if image.shape[1] >= triple[0]:
        image = np.asarray(cv2.resize(image, triple, interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _merge_overlapping(
    points: npt.NDArray[np.float32], scores: npt.NDArray[np.float32]
) -> list[tuple[npt.NDArray[np.float32], float]]:
    """Weighted non-maximum suppression: one face is the mean of its boxes, by their scores.

    As in MediaPipe; it steadies the keypoints, by which faces are aligned.
    """
    order = np.argsort(-scores, kind="stable")
    merged = []
    while order.size:
        same = _overlap(points[order[0], :2], points[order, :2]) > _SUPPRESSION_IOU
        same[0] = True
        weights = scores[order[same]]
        mean = np.tensordot(weights / weights.sum(), points[order[same]], axes=1)
        merged.append((mean, float(scores[order[0]])))
        order = order[~same]
    return merged


def _overlap(
    box: npt.NDArray[np.float32], boxes: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Intersection over union of one ``(2, 2)`` box with ``(N, 2, 2)`` others."""
    corner_low, corner_high = np.maximum(box[0], boxes[:, 0]), np.minimum(box[1], boxes[:, 1])
    shared = np.maximum(corner_high - corner_low, 0).prod(axis=1)
    union = (box[1] - box[0]).prod() + (boxes[:, 1] - boxes[:, 0]).prod(axis=1) - shared
    return np.asarray(shared / union, np.float32)


def _face(points: npt.NDArray[np.float32], confidence: float, shape: tuple[int, int]) -> Face:
    height, width = shape
    corners = np.clip(points[:2], 0, (width, height))
    (left, top), (right, bottom) = corners.tolist()
    return Face(
        box=(left, top, right, bottom),
        keypoints=points[2:].astype(np.float32),
        confidence=confidence,
        area_fraction=(right - left) * (bottom - top) / (width * height),
    )


def _longer_side(face: Face) -> float:
    left, top, right, bottom = face.box
    return max(right - left, bottom - top)


def align(
    image: npt.NDArray[np.uint8], face: Face, size: int = 48, *, margin: float = 0.0
) -> npt.NDArray[np.uint8]:
    """``(size, size)`` grey crop of a face, its eyes level, framed as the crops of FER-2013 are.

    ``image`` is the ``(H, W, 3)`` RGB photo in which the face was found. ``margin`` widens the
    frame by that share of its side on each side. Beyond the photo its edge is repeated.
    """
    centre, axis, side = _frame(face.keypoints)
    side *= 1 + 2 * margin
    # The face is sampled at about the photo's own resolution and then averaged, lest it alias.
    steps = size * max(1, round(min(side, max(image.shape)) / size))
    across = axis * side / steps
    down = np.array((-across[1], across[0]))
    # Pixel (0, 0) of the crop covers half a step around its own middle.
    origin = centre - (across * 0.5 + down * _CENTRE_Y) * steps + (across + down) / 2 - 0.5
    crop = cv2.warpAffine(
        image,
        np.stack((across, down, origin), axis=1),
        (steps, steps),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if steps > size:
        crop = cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), np.uint8)


def _frame(
    keypoints: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]:
    """The middle of eyes and mouth, the unit vector along the eyes, and the frame's side in px."""
    right_eye, left_eye, mouth = keypoints[[RIGHT_EYE, LEFT_EYE, MOUTH]].astype(np.float64)
    eyes = (right_eye + left_eye) / 2
    along, down = left_eye - right_eye, mouth - eyes
    eye_to_eye, eye_to_mouth = float(np.hypot(*along)), float(np.hypot(*down))
    # A head turned aside brings the eyes together, a head bowed brings eyes and mouth together:
    # the larger of the two tells the size of the face.
    side = max(eye_to_eye / _EYE_TO_EYE, eye_to_mouth / _EYE_TO_MOUTH, 1.0)
    if eye_to_eye < eye_to_mouth / 4:  # in profile the line between the eyes means nothing
        along = np.array((down[1], -down[0]))
    return (eyes + mouth) / 2, along / max(float(np.hypot(*along)), 1e-6), side
