"""Which ids are one song, and which tracks are never offered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.songs import SHORTEST_MS, is_offered, song_id


@pytest.mark.parametrize(
    ("title", "other"),
    [
        ("Nightjar", "NIGHTJAR"),
        ("Nightjar", "Nightjar - Remastered 2011"),
        ("Nightjar", "Nightjar - Mono / 1997 Remaster"),
        ("Nightjar", "Nightjar (feat. Somebody Else)"),
        ("Nightjar", "Nightjar [Radio Edit]"),
        ("Nightjar", 'Nightjar - From "A Film"'),
        ("Déjà dit", "Deja Dit"),
        ("Don't", "Don\u2019t"),
    ],
)
def test_editions_of_a_recording_are_one_song(title: str, other: str) -> None:
    assert song_id(title, ("The Hands",)) == song_id(other, ("the hands",))


@pytest.mark.parametrize(
    "other",
    [
        "Nightjar - Live",
        "Nightjar (Acoustic)",
        "Nightjar - Somebody Remix",
        "Nightjar - 1991 Remix",
        "Nightjar II",
    ],
)
def test_what_sounds_different_is_another_song(other: str) -> None:
    assert song_id("Nightjar", ("The Hands",)) != song_id(other, ("The Hands",))


def test_a_cover_is_another_song_and_a_guest_is_not() -> None:
    assert song_id("Nightjar", ("A",)) != song_id("Nightjar", ("B",))
    assert song_id("Nightjar", ("A",)) == song_id("Nightjar", ("A", "B"))


def test_titles_without_a_word_stay_apart() -> None:
    titles = ["???", "!!!", "(Radio Edit)", "- Remaster", "夜", "朝"]
    assert len({song_id(title, ("A",)) for title in titles}) == len(titles)


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_has_a_number_that_fits_sqlite(title: str, artists: list[str]) -> None:
    assert -(2**63) <= song_id(title, artists) < 2**63


@pytest.mark.parametrize(
    ("title", "artists", "duration_ms"),
    [
        pytest.param("Skit", ("A",), SHORTEST_MS - 1, id="too short"),
        pytest.param("Greensleeves", ("Traditional",), 200_000, id="by nobody"),
        pytest.param("Greensleeves", ("A", "Various Artists"), 200_000, id="partly by nobody"),
        pytest.param("The Last Christmas Evening", ("A",), 200_000, id="carol"),
        pytest.param("Feliz Navidad", ("A",), 200_000, id="carol in Spanish"),
        pytest.param(" ", ("A",), 200_000, id="no title"),
        pytest.param("Song", (), 200_000, id="no artist"),
        pytest.param("Song", ("",), 200_000, id="empty artist"),
    ],
)
def test_some_tracks_are_never_offered(
    title: str, artists: tuple[str, ...], duration_ms: int
) -> None:
    assert not is_offered(title, artists, duration_ms)


@pytest.mark.parametrize(
    ("title", "artist", "duration_ms"),
    [
        ("Nightjar", "The Hands", SHORTEST_MS),
        ("Nightjar", "The Hands", None),
        ("Nightjar", "Unknown Mortal Choir", 200_000),
        ("Snow", "The Hands", 200_000),
        ("Merry-Go-Round", "The Hands", 200_000),
        ("Santa Monica", "The Hands", 200_000),
    ],
)
def test_ordinary_songs_are_offered(title: str, artist: str, duration_ms: int | None) -> None:
    assert is_offered(title, (artist,), duration_ms)
