"""Fitting how far to trust each source, on stories whose truth is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from export.mood.fit_fusion import RatedStory, cross_validate, fit
from export.mood.rated_photos import RatedPhoto
from inference.caption import CaptionReading
from inference.emotion import EmotionScores
from inference.faces import Face
from inference.labels import EMOTIONS
from inference.readings import Readings
from inference.scene import SceneReading


def smile(happy: float, area: float) -> EmotionScores:
    probabilities = np.zeros(7, np.float32)
    probabilities[EMOTIONS.index("happy")] = happy
    probabilities[EMOTIONS.index("sad")] = 1 - happy
    return EmotionScores(probabilities, Face((0, 0, 1, 1), np.zeros((6, 2), np.float32), 0.9, area))


def stories(*, scene: float, caption: float, count: int = 400) -> list[RatedStory]:
    """``scene`` and ``caption`` are the standard deviations of those sources' errors."""
    rng = np.random.default_rng(6)
    made = []
    for number in range(count):
        valence, arousal = rng.uniform(0.15, 0.85, 2)

        def read(truth: float, error: float) -> float:
            return float(np.clip(truth + rng.normal(0, error), 0.02, 0.98))

        readings = Readings(
            faces=(smile(read(valence, 0.3), 0.2),) if number % 3 == 0 else (),
            scene=SceneReading(read(valence, scene), read(arousal, scene)),
            caption=CaptionReading(read(valence, caption), read(arousal, caption), 0.1, "x"),
            elapsed_ms={},
        )
        rated = RatedPhoto(Path(f"{number}.jpg"), "", valence, arousal, f"theme{number % 50}")
        made.append(RatedStory(rated, readings))
    return made


def test_the_source_that_errs_less_is_trusted_more() -> None:
    fusion = fit(stories(scene=0.3, caption=0.08), made_by="a test")
    assert fusion.caption.valence.sigma < fusion.face.valence.sigma
    assert fusion.caption.valence.sigma < fusion.scene.valence.sigma
    assert fusion.caption.valence.sigma == pytest.approx(0.08, abs=0.03)


def test_the_prior_is_what_stories_are_like() -> None:
    made = stories(scene=0.1, caption=0.1)
    fusion = fit(made, made_by="a test")
    valences = [story.rated.valence for story in made]
    assert fusion.prior.valence.estimate(0.5) == pytest.approx(np.mean(valences), abs=0.01)
    assert fusion.prior.valence.sigma == pytest.approx(np.std(valences), abs=0.001)


def test_a_source_that_says_the_opposite_is_not_believed_backwards() -> None:
    made = [
        RatedStory(story.rated, Readings((), SceneReading(1 - story.rated.valence, 0.5), None, {}))
        for story in stories(scene=0.1, caption=0.1)
    ]
    others = stories(scene=0.1, caption=0.1, count=40)
    assert fit([*made, *others], made_by="a test").scene.valence.slope == 0


def test_fused_moods_are_better_than_their_best_source_and_know_their_error() -> None:
    made = stories(scene=0.15, caption=0.15)
    figures = cross_validate(made)
    captions = [s.readings.caption.valence for s in made if s.readings.caption]
    alone = np.corrcoef(captions, [s.rated.valence for s in made])[0, 1]
    assert figures["themewise_cv_valence_r"] > alone
    assert figures["themewise_cv_within_one_spread"] == pytest.approx(0.68, abs=0.12)


def test_stories_without_rated_arousal_cannot_be_fitted() -> None:
    made = [
        RatedStory(replace(story.rated, arousal=None), story.readings)
        for story in stories(scene=0.1, caption=0.1)
    ]
    with pytest.raises(ValueError, match="rated arousal"):
        fit(made, made_by="a test")


def test_a_table_with_hardly_a_face_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="face says something in 4 of 12 rows"):
        fit(stories(scene=0.1, caption=0.1, count=12), made_by="a test")
