"""Everything read from one story, alone and side by side."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from inference.analyzer import Analyzer
from inference.errors import NoEvidenceError, UnreadableImageError
from inference.readings import MOST_FACES, StoryReader
from tests.photos import photo, photo_path

CAPTION = "best day ever 🎉"


@pytest.fixture(scope="module", params=[1, 3], ids=["alone", "side by side"])
def reader(request: pytest.FixtureRequest) -> Iterator[StoryReader]:
    reader = StoryReader(threads=request.param)
    yield reader
    reader.close()


def test_a_photo_with_its_caption_gives_every_reading(reader: StoryReader) -> None:
    read = reader.read(photo_path("astronaut.png").read_bytes(), CAPTION)
    assert [scores.emotion for scores in read.faces] == ["happy"]
    assert read.scene is not None
    assert read.caption is not None
    assert set(read.elapsed_ms) == {"decode", "faces", "emotion", "scene", "caption"}


def test_a_photo_alone_and_words_alone_give_their_own(reader: StoryReader) -> None:
    photo_only = reader.read(photo_path("coffee.png").read_bytes())
    words_only = reader.read(None, CAPTION)
    assert (photo_only.faces, photo_only.caption) == ((), None)
    assert (words_only.faces, words_only.scene) == ((), None)


def test_an_unusable_photo_is_refused_whatever_its_caption(reader: StoryReader) -> None:
    with pytest.raises(UnreadableImageError):
        reader.read(b"no photo", CAPTION)


def test_stories_read_at_once_do_not_mix(reader: StoryReader) -> None:
    names = ["astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg"] * 2
    stories = [
        (photo_path(name).read_bytes(), f"{name} {'😀😢'[at % 2]}") for at, name in enumerate(names)
    ]
    alone = [reader.read(*story) for story in stories]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda story: reader.read(*story), stories))
    for one, other in zip(alone, together, strict=True):
        assert (one.scene, one.caption) == (other.scene, other.caption)
        assert [f.emotion for f in one.faces] == [f.emotion for f in other.faces]


def test_of_a_crowd_the_largest_faces_are_read() -> None:
    face = photo("astronaut.png")[20:220, 130:310]
    tile = np.asarray(Image.fromarray(face).resize((180, 200)))
    crowd = np.tile(tile, (4, 5, 1))
    canvas = Image.fromarray(crowd)
    buffer = BytesIO()
    canvas.save(buffer, "PNG")
    reader = StoryReader(threads=1)
    read = reader.read(buffer.getvalue())
    reader.close()
    assert 5 < len(read.faces) <= MOST_FACES


def test_an_analysis_of_nothing_is_an_error_with_advice() -> None:
    analyzer = Analyzer(threads=1)
    with pytest.raises(NoEvidenceError, match="send a photo"):
        analyzer.analyze(None, " ")
    analyzer.close()


def test_an_analysis_takes_less_than_its_stages_one_by_one() -> None:
    analyzer = Analyzer(threads=2)
    data = photo_path("astronaut.png").read_bytes()
    analyses = [analyzer.analyze(data, CAPTION * 8) for _ in range(12)]
    analyzer.close()
    saved = [
        sum(ms for stage, ms in a.elapsed_ms.items() if stage != "analysis")
        - a.elapsed_ms["analysis"]
        for a in analyses
    ]
    assert np.median(saved) > 0
