"""From candidates to the list that is offered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ranking import NO_TASTE, Taste, pool_size, rerank
from bot.ranking.taste import artist_key
from bot.types import RankedTrack, Track
from inference.fusion import Mood
from inference.target import MusicTarget
from tests.bot.ranking.shelves import ARTISTS, candidates_of, shelves, targets

MOOD = Mood(0.8, 0.5, 0.1, "bright and lively")
TARGET = MusicTarget(0.6, 0.7)

tastes = st.builds(
    Taste,
    disliked_tracks=st.frozensets(st.integers(0, 11).map("track{:03d}".format)),
    liked_artists=st.dictionaries(st.sampled_from(ARTISTS).map(artist_key), st.integers(1, 4)),
    disliked_artists=st.dictionaries(st.sampled_from(ARTISTS).map(artist_key), st.integers(1, 4)),
    shown=st.frozensets(st.integers(0, 11).map("track{:03d}".format)),
)


def ranked(
    tracks: list[Track],
    target: MusicTarget = TARGET,
    taste: Taste = NO_TASTE,
    n: int = 5,
    seed: int | None = None,
) -> tuple[RankedTrack, ...]:
    rng = None if seed is None else np.random.default_rng(seed)
    return rerank(candidates_of(tracks, target), MOOD, target, taste, n, rng=rng)


def ids(items: tuple[RankedTrack, ...]) -> list[str]:
    return [item.track.id for item in items]


def song(track_id: str, artist: str = "", popularity: int = 50, valence: float = 0.6) -> Track:
    title = f"Song {track_id}"
    return Track(
        track_id, title, (artist or f"by {track_id}",), valence, 0.7, popularity=popularity
    )


@given(shelves(), targets, tastes, st.integers(1, 7), st.integers(0, 9))
def test_every_list_is_valid(
    tracks: list[Track], target: MusicTarget, taste: Taste, n: int, seed: int
) -> None:
    items = ranked(tracks, target, taste, n, seed)
    assert len(items) <= n
    assert {item.track for item in items} <= set(tracks)
    assert len(set(ids(items))) == len(items)
    assert [item.rank for item in items] == list(range(1, len(items) + 1))
    scores = [item.score for item in items]
    assert scores == sorted(scores, reverse=True)
    credited = [name for item in items for name in item.track.artists]
    assert len(set(credited)) == len(credited)
    assert all(item.reason for item in items)


@given(shelves(), tastes, st.integers(0, 9))
def test_a_disliked_track_never_comes_back(tracks: list[Track], taste: Taste, seed: int) -> None:
    items = ranked(tracks, taste=taste, n=25, seed=seed)
    assert not set(ids(items)) & taste.disliked_tracks
    songs = {(t.title, t.artists[0]) for t in tracks if t.id in taste.disliked_tracks}
    assert not {(item.track.title, item.track.artists[0]) for item in items} & songs


@given(shelves(), tastes, st.integers(0, 9))
def test_a_shown_track_comes_only_after_all_new_ones(
    tracks: list[Track], taste: Taste, seed: int
) -> None:
    items = ranked(tracks, taste=taste, n=25, seed=seed)
    shown = {(t.title, t.artists[0]) for t in tracks if t.id in taste.shown}
    again = [(item.track.title, item.track.artists[0]) in shown for item in items]
    assert again == sorted(again)


@given(shelves(), targets)
def test_without_exploration_the_order_of_the_shelf_does_not_matter(
    tracks: list[Track], target: MusicTarget
) -> None:
    # Equal scores are settled by the order of the candidates, so they are set apart here.
    apart = [
        Track(t.id, t.title, t.artists, t.valence, t.energy, popularity=at)
        for at, t in enumerate(tracks)
    ]
    ties = len({item.score for item in ranked(apart, target, n=25)}) < len(
        ranked(apart, target, n=25)
    )
    if not ties:
        assert ids(ranked(apart, target)) == ids(ranked(apart[::-1], target))


def test_the_nearer_of_two_equals_comes_first() -> None:
    far, near = song("far", valence=0.2), song("near", valence=0.6)
    assert ids(ranked([far, near])) == ["near", "far"]


def test_the_better_known_of_two_equals_comes_first() -> None:
    assert ids(ranked([song("a", popularity=5), song("b", popularity=90)])) == ["b", "a"]


def test_a_liked_artist_comes_first_and_a_disliked_one_last() -> None:
    shelf = [song("a", "Ann"), song("b", "Bob"), song("c", "Cy")]
    taste = Taste(liked_artists={"bob": 1}, disliked_artists={"ann": 1})
    assert ids(ranked(shelf, taste=taste)) == ["b", "c", "a"]


def test_a_thumb_up_does_not_lift_the_tracks_of_others() -> None:
    shelf = [song("a", "Ann"), song("b", "Bob")]
    plain = {item.track.id: item.score for item in ranked(shelf)}
    liked = {
        item.track.id: item.score for item in ranked(shelf, taste=Taste(liked_artists={"ann": 1}))
    }
    assert liked["a"] > plain["a"]
    assert liked["b"] == plain["b"]


def test_a_liked_artist_does_not_outweigh_the_mood() -> None:
    # The target is bright; a gloomy track by a liked artist stays behind.
    shelf = [song("gloomy", "Ann", valence=0.0), song("bright", "Bob")]
    assert ids(ranked(shelf, taste=Taste(liked_artists={"ann": 1}))) == ["bright", "gloomy"]


def test_the_same_seed_gives_the_same_list_and_others_explore() -> None:
    shelf = [song(f"t{at:03d}", popularity=at % 30) for at in range(200)]
    assert ranked(shelf, seed=1) == ranked(shelf, seed=1)
    assert len({tuple(ids(ranked(shelf, seed=seed))) for seed in range(8)}) > 4


@pytest.mark.parametrize("n", [0, 1, 3])
def test_no_more_than_asked_for(n: int) -> None:
    assert len(ranked([song(f"t{at}") for at in range(9)], n=n)) == n


def test_doubt_widens_the_pool_within_bounds() -> None:
    sizes = [pool_size(Mood(0.5, 0.5, spread, "x")) for spread in (0.0, 0.1, 0.3, 9.0)]
    assert sizes == sorted(sizes)
    assert sizes[0] >= 200
    assert sizes[0] < sizes[1]
    assert sizes[-1] <= 4000
