from hypothesis import given
from hypothesis import strategies as st

from bot.chat import replies
from bot.chat.wording import wording
from bot.types import RankedTrack, Recommendation, Track
from inference.fusion import Evidence, Mood
from inference.target import MusicTarget
from tests.fakes.recommender import TRACKS, mood, recommendation
from tests.fakes.telegram.entities import parse, utf16_length

ENGLISH = wording("en")

words = st.text(min_size=1, max_size=600)
tracks = st.builds(
    Track,
    id=st.text("0123456789abcdefABCDEF", min_size=22, max_size=22),
    title=words,
    artists=st.lists(words, min_size=1, max_size=8).map(tuple),
    valence=st.floats(0, 1),
    energy=st.floats(0, 1),
)
ranked = st.builds(RankedTrack, tracks, st.integers(1, 9), st.floats(0, 1), reason=words)
evidence = st.builds(
    Evidence,
    st.sampled_from(["face", "scene", "caption"]),
    words,
    *[st.floats(0, 1)] * 4,
)
moods = st.builds(
    Mood,
    *[st.floats(0, 1)] * 3,
    st.text(min_size=1, max_size=40),
    st.lists(evidence, max_size=5).map(tuple),
)
recommendations = st.builds(
    Recommendation,
    st.just("abcdefghijkl"),
    moods,
    st.builds(MusicTarget, st.floats(0, 1), st.floats(0, 1)),
    st.lists(ranked, max_size=5).map(tuple),
    st.just({}),
)


@given(recommendations)
def test_whatever_songs_are_called_the_message_is_valid_and_fits(answer: Recommendation) -> None:
    reply = replies.answer(answer, {}, ENGLISH)
    parsed = parse(reply.html)

    assert utf16_length(parsed.text) <= 4096
    assert [url for url, _ in parsed.links] == [t.track.url for t in answer.tracks]


def test_titles_and_reasons_are_shown_as_they_are() -> None:
    parsed = parse(replies.answer(recommendation("abc", mood()), {}, ENGLISH).html)

    assert parsed.links[0][1] == "Song <8> & Co"
    assert "1. Song <8> & Co · Artist 8, Guest\nvalence 0.80 sits near" in parsed.text


def test_a_changed_answer_says_how_it_was_changed() -> None:
    reply = replies.answer(recommendation("abc", mood()), {}, ENGLISH, change="calmer")

    assert parse(reply.html).text.startswith("Calmer:")


def test_votes_that_were_given_before_show_on_a_new_answer() -> None:
    first, second = TRACKS[8].id, TRACKS[9].id
    reply = replies.answer(recommendation("abc", mood()), {first: 1, second: -1}, ENGLISH)
    ups, downs, _ = reply.keyboard

    assert [button.label for button in ups[:2]] == ["👍 1 ✓", "👍 2"]
    assert [button.label for button in downs[:2]] == ["👎 1", "👎 2 ✓"]


def test_an_error_is_one_escaped_sentence() -> None:
    assert replies.sentence("a <b> c").html == "a &lt;b&gt; c"
    assert len(replies.sentence("x" * 9000).html) == 500
