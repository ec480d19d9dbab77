"""``storify`` as people and scripts run it: a process of its own, real models, real files."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.photos import photo_path

ROOT = Path(__file__).parents[2]
Storify = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def storify(tmp_path_factory: pytest.TempPathFactory) -> Storify:
    """Runs one command with a data folder that lasts for the module."""
    data = tmp_path_factory.mktemp("data")

    def run(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TELEGRAM")}
        return subprocess.run(
            [sys.executable, "-m", "bot", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            timeout=60,
            env={**environment, "STORIFY_DATA_DIR": str(data), **settings},
        )

    return run


def suggested(storify: Storify, *arguments: str | Path) -> dict[str, Any]:
    finished = storify("suggest", *arguments, "--json")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("\n") == 1
    answer: dict[str, Any] = json.loads(finished.stdout)
    return answer


def refused(finished: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that could not be done."""
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr.count("\n") == 1, finished.stderr
    return finished.stderr.strip()


def test_suggest_prints_the_agreed_object(storify: Storify) -> None:
    answer = suggested(storify, photo_path("astronaut.png"), "--caption", "best day ever 🎉")
    assert set(answer) == {"mood", "target", "tracks", "elapsed_ms"}
    assert set(answer["mood"]) == {"valence", "arousal", "spread", "label", "evidence"}
    assert set(answer["target"]) == {"valence", "energy"}
    evidence = answer["mood"]["evidence"]
    assert {e["source"] for e in evidence} == {"face", "scene", "caption"}
    assert all(set(e) == {"source", "label", "valence", "arousal", "weight"} for e in evidence)
    assert sum(e["weight"] for e in evidence) == pytest.approx(1, abs=1e-3)
    fields = {"rank", "id", "title", "artists", "url", "valence", "energy", "score", "reason"}
    assert all(set(track) == fields for track in answer["tracks"])
    assert [track["rank"] for track in answer["tracks"]] == [1, 2, 3, 4, 5]
    for track in answer["tracks"]:
        assert track["url"] == f"https://open.spotify.com/track/{track['id']}"


def test_the_caption_turns_the_mood_and_a_disagreement_widens_the_spread(storify: Storify) -> None:
    smile = photo_path("astronaut.png")
    best = suggested(storify, smile, "--caption", "best day ever 🎉")
    worst = suggested(storify, smile, "--caption", "worst day of my life 💔")
    assert worst["target"]["valence"] < best["target"]["valence"] - 0.1
    assert worst["mood"]["spread"] > best["mood"]["spread"] + 0.02
    assert worst["mood"]["label"] == "bittersweet"


def test_the_same_story_gets_the_same_answer(storify: Storify) -> None:
    one, two = (suggested(storify, "-", "--caption", "road trip") for _ in range(2))
    assert one["tracks"] == two["tracks"]


@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png"])
def test_a_photo_without_a_face_is_read_by_its_scene(storify: Storify, name: str) -> None:
    answer = suggested(storify, photo_path(name))
    assert [e["source"] for e in answer["mood"]["evidence"]] == ["scene"]
    assert len({artist for track in answer["tracks"] for artist in track["artists"]}) >= 5


@pytest.mark.parametrize(
    ("caption", "low", "high"),
    [
        ("so happy, we did it!! 😍", 0.6, 1.0),
        ("i miss him so much 😢", 0.0, 0.42),
        ("🎉🎉", 0.5, 1.0),
    ],
)
def test_a_caption_alone_is_enough(storify: Storify, caption: str, low: float, high: float) -> None:
    answer = suggested(storify, "-", "--caption", caption)
    assert low <= answer["mood"]["valence"] <= high
    assert len(answer["tracks"]) == 5


def test_as_many_tracks_as_asked_for_each_by_another_artist(storify: Storify) -> None:
    tracks = suggested(storify, "-", "--caption", "dancing all night", "-n", "12")["tracks"]
    assert len(tracks) == len({track["artists"][0] for track in tracks}) == 12


def unusable(folder: Path) -> dict[str, Path]:
    """Files that are no photo anybody can read a mood in."""
    made = {name: folder / name for name in ("text", "cut", "empty", "huge", "dot")}
    made["text"].write_text("dear diary")
    whole = cv2.imencode(".jpg", np.random.default_rng(1).integers(0, 255, (400, 400, 3)))[1]
    made["cut"].write_bytes(whole.tobytes()[: len(whole) // 2])
    made["empty"].write_bytes(b"")
    Image.new("1", (20_000, 20_000)).save(made["huge"], "PNG")
    Image.new("RGB", (1, 1)).save(made["dot"], "PNG")
    return made


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("text", "not a photo"),
        ("cut", "damaged or cut short"),
        ("empty", "empty"),
        ("huge", "million pixels"),
        ("dot", "too small"),
    ],
)
def test_what_is_no_photo_is_one_sentence(
    storify: Storify, tmp_path: Path, name: str, sentence: str
) -> None:
    assert sentence in refused(storify("suggest", unusable(tmp_path)[name], "--caption", "hello"))


def test_a_missing_photo_is_one_sentence(storify: Storify, tmp_path: Path) -> None:
    assert "cannot be read" in refused(storify("suggest", tmp_path / "nowhere.jpg"))


@pytest.mark.parametrize("caption", ["", "   ", "..."])
def test_nothing_to_read_is_one_sentence(storify: Storify, caption: str) -> None:
    assert "send a photo" in refused(storify("suggest", "-", "--caption", caption))


def test_help_speaks_to_people(storify: Storify) -> None:
    told = storify("--help").stdout
    assert "A song for a story" in told
    for command in ("suggest", "run", "demo", "telegram", "doctor", "catalog"):
        assert command in told


def test_wrong_usage_is_exit_code_2(storify: Storify) -> None:
    assert storify("suggest", "-", "-n", "0").returncode == 2
    assert storify("sing").returncode == 2


def test_a_setting_that_makes_no_sense_is_named_without_its_value(storify: Storify) -> None:
    told = refused(storify("doctor", STORIFY_LOG_LEVEL="LOUD-hunter2"))
    assert "STORIFY_LOG_LEVEL" in told
    assert "hunter2" not in told


def test_a_data_folder_that_cannot_be_made_is_one_sentence(
    storify: Storify, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    told = refused(
        storify("suggest", "-", "--caption", "hi", STORIFY_DATA_DIR=str(tmp_path / "file" / "x"))
    )
    assert "track table" in told


def test_the_demo_tells_how_to_go_on(storify: Storify) -> None:
    finished = storify("run")
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("https://open.spotify.com/track/") == 5
    assert "TELEGRAM_BOT_TOKEN" in finished.stdout


def test_no_reason_is_cut_in_a_pipe(storify: Storify) -> None:
    words = ("-", "--caption", "a long walk by the sea", "-n", "20")
    printed = storify("suggest", *words).stdout
    for track in suggested(storify, *words)["tracks"]:
        assert f"   {track['reason']}\n   {track['url']}\n" in printed


def test_the_catalogue_is_described(storify: Storify) -> None:
    finished = storify("catalog", "info")
    assert finished.returncode == 0
    assert finished.stdout.startswith("5,849 tracks")


def test_the_doctor_finds_everything_in_place(storify: Storify) -> None:
    finished = storify("doctor")
    assert finished.returncode == 0, finished.stdout
    assert "BROKEN" not in finished.stdout


def test_the_doctor_finds_half_a_spotify_key(storify: Storify) -> None:
    finished = storify("doctor", SPOTIFY_CLIENT_ID="abc")
    assert finished.returncode == 1
    assert "belong together" in finished.stdout


def test_inference_answers_alone() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "inference", "--caption", "finally home"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    answer = json.loads(finished.stdout)
    assert set(answer) == {"mood", "target", "elapsed_ms"}
