"""Choosing a few candidates that differ."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.ranking.diversity import SAME_GENRE, diversify
from bot.types import Track
from inference.target import MusicTarget
from tests.bot.ranking.shelves import candidates_of, shelves

TARGET = MusicTarget(0.5, 0.5)


def chosen(tracks: list[Track], scores: list[float], count: int = 5) -> list[str]:
    candidates = candidates_of(tracks, TARGET)
    everything = np.ones(len(candidates), dtype=np.bool_)
    picks = diversify(candidates, np.array(scores, dtype=np.float32), everything, count)
    return [candidates.ids[row].decode() for row, _ in picks]


def track(track_id: str, artists: tuple[str, ...], title: str = "", genre: str = "") -> Track:
    genres = (genre,) if genre else ()
    return Track(track_id, title or track_id, artists, 0.5, 0.5, genres=genres)


def test_any_shared_credit_rules_a_track_out() -> None:
    tracks = [track("a", ("Ann", "Bob")), track("b", ("Bob",)), track("c", ("Cy",))]
    assert chosen(tracks, [3, 2, 1]) == ["a", "c"]


def test_the_same_song_under_another_id_is_ruled_out() -> None:
    tracks = [track("a", ("Ann",), "Sun"), track("b", ("Ann",), "Sun"), track("c", ("Cy",))]
    assert chosen(tracks, [3, 2, 1]) == ["a", "c"]


def test_another_genre_overtakes_a_small_lead() -> None:
    tracks = [
        track("a", ("A",), genre="pop"),
        track("b", ("B",), genre="pop"),
        track("c", ("C",), genre="folk"),
        track("d", ("D",), genre="pop"),
    ]
    assert chosen(tracks, [3, 2, 2 - SAME_GENRE / 2, 0]) == ["a", "c", "b", "d"]
    assert chosen(tracks, [3, 2, 2 - SAME_GENRE * 1.5, 0]) == ["a", "b", "c", "d"]


def test_unknown_genres_are_not_held_to_be_alike() -> None:
    tracks = [track("a", ("A",)), track("b", ("B",)), track("c", ("C",), genre="pop")]
    assert chosen(tracks, [3, 2, 1.9]) == ["a", "b", "c"]


@given(shelves(), st.integers(0, 8), st.randoms(use_true_random=False))
def test_no_artist_and_no_song_twice_and_none_that_is_not_allowed(
    tracks: list[Track], count: int, random: Random
) -> None:
    candidates = candidates_of(tracks, TARGET)
    scores = np.array([random.random() for _ in tracks], dtype=np.float32)
    allowed = np.array([random.random() < 0.7 for _ in tracks], dtype=np.bool_)
    rows = [row for row, _ in diversify(candidates, scores, allowed, count)]
    assert len(rows) <= count
    assert all(allowed[row] for row in rows)
    credited = [number for row in rows for number in candidates.credited(row).tolist()]
    assert len(set(credited)) == len(credited)
    assert len({int(candidates.songs[row]) for row in rows}) == len(rows)
