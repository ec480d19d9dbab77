"""FER-2013 in each of the forms in which people have it."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from export.emotion.fer2013 import FERPLUS_VOTES, Faces, copies_of, read_crops, read_split
from inference.labels import EMOTIONS

RNG = np.random.default_rng(2013)
CROPS = RNG.integers(0, 256, (6, 48, 48), dtype=np.uint8)


def kaggle_folder(folder: Path) -> Path:
    for split, name in (("train", "Training"), ("test", "PublicTest")):
        for row, crop in enumerate(CROPS):
            emotion = folder / split / EMOTIONS[row]
            emotion.mkdir(parents=True)
            cv2.imwrite(str(emotion / f"{name}_{row}.png"), crop)
    with (folder / "fer2013new.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("Usage", "Image name", *FERPLUS_VOTES, "unknown", "NF"))
        writer.writerow(("Training", "Training_3.png", 2, 6, 0, 0, 0, 0, 0, 0, 2, 0))
    return folder


def kaggle_csv(folder: Path) -> Path:
    usages = ("Training", "Training", "PublicTest", "PublicTest", "PrivateTest", "PrivateTest")
    with (folder / "fer2013.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("emotion", "pixels", "Usage"))
        for row, (crop, usage) in enumerate(zip(CROPS, usages, strict=True)):
            writer.writerow((row, " ".join(map(str, crop.ravel())), usage))
    with (folder / "fer2013new.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("Usage", "Image name", *FERPLUS_VOTES, "unknown", "NF"))
        for row in range(6):
            writer.writerow(("x", f"fer{row:07d}.png", *[int(at == row) for at in range(8)], 0, 9))
    return folder


def test_the_kaggle_folder_is_read_in_the_order_of_emotions(tmp_path: Path) -> None:
    faces = read_split(kaggle_folder(tmp_path), "test")
    assert faces.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert (faces.images == CROPS).all()


def test_votes_are_shares_of_those_who_saw_an_expression(tmp_path: Path) -> None:
    faces = read_split(kaggle_folder(tmp_path), "train")
    assert faces.votes[3].tolist() == [0.25, 0.75, 0, 0, 0, 0, 0, 0]
    assert not faces.votes[[0, 1, 2, 4, 5]].any()


@pytest.mark.parametrize(("split", "rows"), [("train", [0, 1]), ("test", [2, 3])])
def test_the_kaggle_csv_is_read_by_usage(tmp_path: Path, split: str, rows: list[int]) -> None:
    faces = read_split(kaggle_csv(tmp_path), split)
    assert faces.labels.tolist() == rows
    assert (faces.images == CROPS[rows]).all()
    assert faces.votes.argmax(1).tolist() == rows


def test_crops_of_another_size_are_brought_to_48(tmp_path: Path) -> None:
    (tmp_path / "happy").mkdir()
    cv2.imwrite(str(tmp_path / "happy" / "a.png"), np.zeros((96, 80), np.uint8))
    assert read_crops(tmp_path).images.shape == (1, 48, 48)


def test_a_folder_without_faces_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"neither fer2013\.csv nor train"):
        read_split(tmp_path, "train")
    with pytest.raises(FileNotFoundError, match="holds no <emotion>"):
        read_crops(tmp_path)


def test_a_file_that_is_no_image_is_named(tmp_path: Path) -> None:
    (tmp_path / "sad").mkdir()
    (tmp_path / "sad" / "notes.png").write_text("not a picture")
    with pytest.raises(FileNotFoundError, match=r"notes\.png is not an image"):
        read_crops(tmp_path)


def test_a_copy_is_found_although_it_was_saved_again_with_loss() -> None:
    noise = np.zeros((1, 8), np.float32)
    smooth = np.stack([cv2.GaussianBlur(crop, (0, 0), 4) for crop in CROPS])
    smooth = np.asarray(cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX), np.uint8)  # type: ignore[call-overload]  # OpenCV's stubs lack None
    test = Faces(smooth[:2], np.array([0, 1]), np.repeat(noise, 2, 0))
    lossy = np.asarray(cv2.imdecode(cv2.imencode(".jpg", smooth[1])[1], cv2.IMREAD_GRAYSCALE))
    images = np.stack([smooth[4], lossy, smooth[5]])
    train = Faces(images, np.array([4, 1, 5]), np.repeat(noise, 3, 0))
    assert copies_of(train, test).tolist() == [False, True, False]
