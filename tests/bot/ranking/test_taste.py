"""What thumbs say, and how far they reach."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from bot.candidates import Candidates
from bot.ranking.taste import NO_TASTE, Taste, artist_scores
from bot.types import Track, User, Vote
from inference.target import MusicTarget
from tests.bot.ranking.shelves import candidates_of

ARTISTS = {"t1": ("Ann",), "t2": ("ann", "Bob"), "t3": ("Cy",), "t4": ("Dee",)}


def artists_of(track_id: str) -> tuple[str, ...]:
    return ARTISTS.get(track_id, ())


def vote(track_id: str, value: Literal[-1, 1], minute: int = 0) -> Vote:
    at = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(minutes=minute)
    return Vote(User("test", "1"), track_id, "story", 1, value, at)


def taste_of(*votes: Vote, shown: Sequence[str] = ()) -> Taste:
    return Taste.from_votes(votes, shown, artists_of)


def candidates_by(*artists: tuple[str, ...]) -> Candidates:
    tracks = [
        Track(f"c{at}", f"Song {at}", credited, 0.5, 0.5) for at, credited in enumerate(artists)
    ]
    return candidates_of(tracks, MusicTarget(0.5, 0.5))


def test_votes_are_counted_by_track_and_by_artist_in_any_case() -> None:
    taste = taste_of(vote("t1", 1), vote("t2", 1), vote("t3", -1), shown=["t4", "t1"])
    assert taste.liked_tracks == {"t1", "t2"}
    assert taste.disliked_tracks == {"t3"}
    assert dict(taste.liked_artists) == {"ann": 2, "bob": 1}
    assert dict(taste.disliked_artists) == {"cy": 1}
    assert taste.shown == {"t4", "t1"}
    assert taste.shown_artists == {"dee", "ann"}


def test_the_last_vote_on_a_track_wins_whatever_the_order() -> None:
    votes = [vote("t1", 1, minute=0), vote("t1", -1, minute=5)]
    assert taste_of(*votes) == taste_of(*reversed(votes))
    assert taste_of(*votes).disliked_tracks == {"t1"}
    assert taste_of(*votes).liked_artists == {}


def test_a_track_that_is_gone_still_counts_as_a_track() -> None:
    taste = taste_of(vote("gone", -1))
    assert taste.disliked_tracks == {"gone"}
    assert taste.disliked_artists == {}


def test_a_dislike_never_spreads_to_other_artists() -> None:
    # Bob stands beside Ann on one track; a thumb down for Ann alone says nothing of Bob.
    scores = artist_scores(
        candidates_by(("Ann",), ("Bob",), ("Ann", "Bob")), taste_of(vote("t1", -1))
    )
    assert scores[0] < 0
    assert scores[1] == 0
    assert scores[2] < 0


def test_likes_lift_with_less_for_each_further_one() -> None:
    candidates = candidates_by(("Ann",))
    lifts = [
        artist_scores(candidates, Taste(liked_artists={"ann": likes}))[0] for likes in (1, 2, 4, 8)
    ]
    assert lifts == sorted(lifts)
    assert lifts[1] - lifts[0] < lifts[0]


def test_a_liked_guest_does_not_outweigh_a_disliked_artist() -> None:
    taste = Taste(liked_artists={"bob": 9}, disliked_artists={"ann": 1})
    assert artist_scores(candidates_by(("Ann", "Bob")), taste)[0] < 0


def test_one_like_and_one_dislike_cancel() -> None:
    taste = Taste(liked_artists={"ann": 1}, disliked_artists={"ann": 1})
    assert artist_scores(candidates_by(("Ann",)), taste)[0] == 0


@pytest.mark.parametrize("taste", [NO_TASTE, Taste(liked_artists={"nobody here": 3})])
def test_without_votes_on_these_artists_nothing_changes(taste: Taste) -> None:
    assert artist_scores(candidates_by(("Ann",), ("Bob", "Cy")), taste).tolist() == [0, 0]
