"""Reasons: every claim holds for its track, and five in a row do not repeat themselves."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ranking.explain import NEAR, WELL_KNOWN, explain
from bot.ranking.taste import NO_TASTE, Taste, artist_key
from bot.types import Track
from inference.fusion import Evidence, Mood
from inference.target import MusicTarget, music_target
from tests.bot.ranking.shelves import ARTISTS, shelves, targets

PHOTO = Evidence("face", "smile", 0.9, 0.6, 0.1, 0.6)
SCENE = Evidence("scene", "beach", 0.8, 0.5, 0.2, 0.4)
CAPTION = Evidence("caption", "upbeat", 0.9, 0.6, 0.1, 0.4)
MOOD = Mood(0.9, 0.6, 0.1, "bright and lively", (PHOTO,))
TARGET = music_target(MOOD)

tastes = st.builds(
    Taste,
    liked_artists=st.dictionaries(st.sampled_from(ARTISTS).map(artist_key), st.integers(1, 3)),
    disliked_artists=st.dictionaries(st.sampled_from(ARTISTS).map(artist_key), st.integers(1, 3)),
    shown_artists=st.frozensets(st.sampled_from(ARTISTS).map(artist_key)),
)


def check_claims(reason: str, track: Track, target: MusicTarget, taste: Taste) -> None:
    """Every claim that a reason can make, held against the track."""
    numbers = re.findall(r"valence (\d?\.\d\d) and energy (\d?\.\d\d)", reason)
    assert numbers, reason
    assert float(numbers[0][0]) == pytest.approx(track.valence, abs=0.0051)
    assert float(numbers[0][1]) == pytest.approx(track.energy, abs=0.0051)
    if liked := re.match(r"because you liked ([^;]+);", reason):
        assert liked[1] in track.artists
        assert taste.liked_artists[artist_key(liked[1])] > 0
    if new := re.match(r"(.+) is new to you here;", reason):
        assert new[1] == track.artists[0]
        assert not {artist_key(name) for name in track.artists} & taste.shown_artists
    if known := re.match(r"well known \((\d+) of 100", reason):
        assert int(known[1]) == track.popularity >= WELL_KNOWN
    if " sit near " in reason or " close to " in reason:
        assert abs(track.valence - target.valence) <= NEAR
        assert abs(track.energy - target.energy) <= NEAR
    if " close to " in reason:
        assert reason.startswith(track.genres[0].replace("-", " "))
    for word, holds in {
        "brighter": track.valence > target.valence,
        "darker": track.valence < target.valence,
        "livelier": track.energy > target.energy,
        "calmer": track.energy < target.energy,
    }.items():
        assert holds or f"{word} " not in reason.split(" than ", maxsplit=1)[0] + " ", reason


@given(shelves(largest=5), targets, tastes)
def test_every_claim_holds(tracks: list[Track], target: MusicTarget, taste: Taste) -> None:
    reasons = explain(tracks, MOOD, target, taste)
    assert len(reasons) == len(tracks)
    for reason, track in zip(reasons, tracks, strict=True):
        check_claims(reason, track, target, taste)
        assert "\n" not in reason


@given(shelves(largest=5), targets)
def test_only_the_closest_is_called_so(tracks: list[Track], target: MusicTarget) -> None:
    reasons = explain(tracks, MOOD, target, NO_TASTE)
    called = [t for t, reason in zip(tracks, reasons, strict=True) if "the closest" in reason]
    assert len(called) <= 1
    for track in called:
        others = [
            abs(t.valence - target.valence) / 0.20 + abs(t.energy - target.energy) / 0.15
            for t in tracks
        ]
        own = abs(track.valence - target.valence) / 0.20 + abs(track.energy - target.energy) / 0.15
        # The sum of the axes is at most sqrt(2) times the distance by which "closest" is meant.
        assert own <= min(others) * 2**0.5 + 1e-9


def near(track_id: str, **more: object) -> Track:
    fields = {"valence": TARGET.valence, "energy": TARGET.energy, **more}
    return Track(id=track_id, title=track_id, artists=(f"by {track_id}",), **fields)  # type: ignore[arg-type]  # fields by name


def test_five_reasons_in_a_row_tell_different_things() -> None:
    tracks = [
        near("a"),
        near("b", popularity=88),
        near("c", valence=TARGET.valence - 0.05),
        near("d", genres=("deep-house",)),
        near("e", energy=TARGET.energy - 0.06, popularity=75),
    ]
    reasons = explain(tracks, MOOD, TARGET, Taste(liked_artists={"by e": 1}))
    shapes = {re.sub(r"\.\d\d|by \w", "", reason) for reason in reasons}
    assert len(shapes) == 5
    assert reasons[4].startswith("because you liked by e; ")


def test_a_liked_artist_is_named_as_the_track_spells_it() -> None:
    track = Track("a", "Song", ("The Guest", "ROBYN"), TARGET.valence, TARGET.energy)
    (reason,) = explain([track], MOOD, TARGET, Taste(liked_artists={"robyn": 2}))
    assert reason.startswith("because you liked ROBYN; valence ")


def test_nobody_is_new_to_somebody_who_was_offered_nothing() -> None:
    tracks = [near(letter) for letter in "abcdefgh"]
    assert not any("new to you" in reason for reason in explain(tracks, MOOD, TARGET, NO_TASTE))
    seen = Taste(shown_artists=frozenset({"somebody"}))
    assert any("new to you" in reason for reason in explain(tracks, MOOD, TARGET, seen))


@pytest.mark.parametrize(
    ("evidence", "place"),
    [
        ((PHOTO, SCENE), "your photo's bright, lively mood"),
        ((SCENE,), "your photo's bright, lively mood"),
        ((CAPTION,), "your caption's bright, lively mood"),
        ((PHOTO, CAPTION), "your story's bright, lively mood"),
        ((), "the bright, lively mood you asked for"),
    ],
)
def test_the_mood_is_ascribed_to_where_it_came_from(
    evidence: tuple[Evidence, ...], place: str
) -> None:
    mood = Mood(MOOD.valence, MOOD.arousal, MOOD.spread, MOOD.label, evidence)
    (reason,) = explain([near("a")], mood, TARGET, NO_TASTE)
    assert reason.endswith(place)


def test_after_a_turn_the_reason_is_the_turn() -> None:
    turned = MusicTarget(TARGET.valence, TARGET.energy - 0.2)
    (reason,) = explain([near("a", energy=turned.energy)], MOOD, turned, NO_TASTE)
    assert reason.endswith("the turn you asked for")


def test_a_track_that_is_far_says_so() -> None:
    (far, _) = explain([near("a", valence=0.1), near("b")], MOOD, TARGET, NO_TASTE)
    assert "darker than your photo's" in far
    assert f"(valence {TARGET.valence:.2f}".replace("0.", ".") in far


def test_no_tracks_have_no_reasons() -> None:
    assert explain([], MOOD, TARGET, NO_TASTE) == ()
