"""Candidates for the tests of the ranking, made from tracks as a catalogue makes them."""

from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st

from bot.candidates import Candidates, mood_distance
from bot.types import Track
from inference.target import MusicTarget

T = TypeVar("T", bound=Hashable)


def candidates_of(tracks: Sequence[Track], target: MusicTarget) -> Candidates:
    """The tracks, nearest first; tracks of one title by one first artist are one song."""
    valence = np.array([track.valence for track in tracks], dtype=np.float32)
    energy = np.array([track.energy for track in tracks], dtype=np.float32)
    order = np.argsort(mood_distance(valence, energy, target), kind="stable")
    ranked = [tracks[at] for at in order]
    artists = _numbers([name for track in ranked for name in track.artists])
    songs = _numbers([(track.title, track.artists[0]) for track in ranked])
    genres = _numbers([track.genres[0] for track in ranked if track.genres])
    by_id = {track.id: track for track in tracks}
    return Candidates(
        valence=valence[order],
        energy=energy[order],
        distance=mood_distance(valence, energy, target)[order],
        popularity=np.array([track.popularity for track in ranked], dtype=np.float32),
        ids=np.array([track.id.encode() for track in ranked], dtype=np.bytes_),
        songs=np.array([songs[track.title, track.artists[0]] for track in ranked], dtype=np.int64),
        genres=np.array(
            [genres[track.genres[0]] if track.genres else -1 for track in ranked], dtype=np.int32
        ),
        artist_starts=np.cumsum([0, *(len(track.artists) for track in ranked)]),
        artists=np.array(
            [artists[name] for track in ranked for name in track.artists], dtype=np.int32
        ),
        artist_names=list(artists),
        load=lambda ids: tuple(by_id[track_id] for track_id in ids),
    )


def _numbers(values: Sequence[T]) -> dict[T, int]:
    return {value: number for number, value in enumerate(dict.fromkeys(values))}


ARTISTS = [f"Artist {letter}" for letter in "ABCDEFGHIJ"]

targets = st.builds(MusicTarget, st.floats(0.1, 0.9), st.floats(0.3, 0.95))


@st.composite
def shelves(draw: st.DrawFn, largest: int = 12) -> list[Track]:
    """Tracks with few artists, songs and genres, so that they collide."""
    count = draw(st.integers(1, largest))
    return [
        Track(
            f"track{at:03d}",
            draw(st.sampled_from(["Sun", "Rain", "Snow"])),
            tuple(draw(st.lists(st.sampled_from(ARTISTS), min_size=1, max_size=3, unique=True))),
            draw(st.floats(0, 1)),
            draw(st.floats(0, 1)),
            genres=draw(st.sampled_from([(), ("pop",), ("deep-house", "pop")])),
            popularity=draw(st.integers(0, 100)),
        )
        for at in range(count)
    ]
