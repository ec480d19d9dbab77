"""FER-2013 as people have it: the Kaggle folder or the Kaggle csv, with FER+ votes if given."""

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inference.labels import EMOTIONS

FERPLUS_VOTES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)
"""Columns of ``fer2013new.csv`` that name an expression; ``unknown`` and ``NF`` do not."""

SIDE = 48
FOLDERS = {"train": "Training", "test": "PublicTest"}
COPY_TOLERANCE = 6.0
"""Mean absolute difference, of 255, up to which two crops are one photo saved twice."""


@dataclass(frozen=True, slots=True)
class Faces:
    """One split: ``images (N, 48, 48) uint8``, ``labels (N,) int64`` as in ``EMOTIONS``.

    ``votes (N, 8) float32`` are shares of the FER+ votes in the order of ``FERPLUS_VOTES``; a row
    of zeros has none.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    votes: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.labels)

    def where(self, keep: npt.NDArray[np.bool_]) -> "Faces":
        """The rows for which ``keep (N,)`` is true."""
        return Faces(self.images[keep], self.labels[keep], self.votes[keep])


def read_split(data: Path, split: str) -> Faces:
    """Reads ``train`` or ``test`` (PublicTest) from a Kaggle folder or from ``fer2013.csv``.

    FER+ votes are taken from ``fer2013new.csv`` beside the images where there is one. Raises
    ``FileNotFoundError`` with a sentence for the person where nothing of the kind is found.
    """
    csv_file = data if data.suffix == ".csv" else data / "fer2013.csv"
    if csv_file.is_file():
        return _read_csv(csv_file, FOLDERS[split])
    folder = data / split
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{data} holds neither fer2013.csv nor {split}/<emotion>/*.png; "
            "give the folder in which FER-2013 was unpacked."
        )
    return _read_folder(folder, _read_votes(data / "fer2013new.csv"))


def read_crops(folder: Path) -> Faces:
    """Every ``folder/<emotion>/*.png`` (or jpg) as 48x48 grey. Raises ``FileNotFoundError``."""
    return _read_folder(folder, {})


def copies_of(train: Faces, test: Faces) -> npt.NDArray[np.bool_]:
    """``(len(train),)`` true where a training crop is a copy of some test crop.

    FER-2013 holds the same photo several times, across its splits. Copies are found among nearest
    neighbours by pixels, so that a crop saved again with loss still counts.
    """
    unit_train, unit_test = _unit_vectors(train.images), _unit_vectors(test.images)
    nearest = np.concatenate(
        [np.argmax(part @ unit_test.T, axis=1) for part in np.array_split(unit_train, 32)]
    )
    difference = np.abs(train.images.astype(np.int16) - test.images[nearest].astype(np.int16)).mean(
        axis=(1, 2)
    )
    return np.asarray(difference <= COPY_TOLERANCE)


def _unit_vectors(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    flat = images.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.asarray(flat / np.maximum(norm, 1e-6), np.float32)


def _read_folder(folder: Path, votes: dict[str, npt.NDArray[np.float32]]) -> Faces:
    files = [
        (path, label)
        for label, emotion in enumerate(EMOTIONS)
        for path in sorted((folder / emotion).glob("*"))
        if path.suffix.lower() in {".png", ".jpg", ".jpeg"}
    ]
    if not files:
        raise FileNotFoundError(
            f"{folder} holds no <emotion>/*.png with an emotion of {', '.join(EMOTIONS)}."
        )
    none = np.zeros(len(FERPLUS_VOTES), np.float32)
    return Faces(
        np.stack([_read_crop(path) for path, _ in files]),
        np.array([label for _, label in files], np.int64),
        np.stack([votes.get(path.name, none) for path, _ in files]),
    )


def _read_crop(path: Path) -> npt.NDArray[np.uint8]:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise FileNotFoundError(f"{path} is not an image; remove it or unpack the data set again.")
    if image.shape != (SIDE, SIDE):
        image = cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8)


def _read_csv(path: Path, usage: str) -> Faces:
    """``emotion,pixels,Usage``, row for row beside ``fer2013new.csv``, as both were published."""
    votes_path = path.with_name("fer2013new.csv")
    votes = list(_vote_rows(votes_path)) if votes_path.is_file() else []
    images, labels, shares = [], [], []
    with path.open(newline="", encoding="utf-8") as handle:
        for row, line in enumerate(csv.DictReader(handle)):
            if line["Usage"].strip() != usage:
                continue
            images.append(np.array(line["pixels"].split(), np.uint8).reshape(SIDE, SIDE))
            labels.append(int(line["emotion"]))
            shares.append(_shares(votes[row]) if row < len(votes) else _shares({}))
    if not images:
        raise FileNotFoundError(f"{path} has no row with Usage {usage}.")
    return Faces(np.stack(images), np.array(labels, np.int64), np.stack(shares))


def _read_votes(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    if not path.is_file():
        return {}
    return {line["Image name"]: _shares(line) for line in _vote_rows(path) if line["Image name"]}


def _vote_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def _shares(line: dict[str, str]) -> npt.NDArray[np.float32]:
    counts = np.array([float(line.get(name) or 0) for name in FERPLUS_VOTES], np.float32)
    return counts / max(float(counts.sum()), 1.0)
