from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.base import Change
from bot.chat.callbacks import MAX_BYTES, ChangeButton, VoteButton, decode, encode
from bot.store import new_story_id

story_ids = st.text(
    st.characters(exclude_characters="\n", codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]),
    min_size=1,
    max_size=12,
)
buttons = st.one_of(
    st.builds(VoteButton, story_ids, st.integers(1, 99), st.sampled_from([-1, 1])),
    st.builds(ChangeButton, story_ids, st.sampled_from(get_args(Change))),
)


@given(buttons)
def test_a_button_comes_back_from_its_text(button: VoteButton | ChangeButton) -> None:
    data = encode(button)

    assert decode(data) == button
    assert 1 <= len(data.encode()) <= MAX_BYTES


@given(st.text())
def test_any_text_is_a_button_or_none(data: str) -> None:
    button = decode(data)

    assert button is None or encode(button) == data


def test_the_longest_buttons_of_ours_leave_room() -> None:
    assert len(encode(VoteButton(new_story_id(), 99, -1))) < 24
    assert len(encode(ChangeButton(new_story_id(), "livelier"))) < 24


@pytest.mark.parametrize("story_id", ["", "x" * 64, "two\nlines", "é" * 30])
def test_an_id_that_does_not_fit_is_refused_before_telegram_sees_it(story_id: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode(VoteButton(story_id, 1, 1))


@pytest.mark.parametrize(
    "data", ["", "v", "v:+:0:abc", "v:+:100:abc", "v:*:1:abc", "v:+:1:", "c:louder:abc", "c:more:"]
)
def test_what_is_no_button_of_ours_is_none(data: str) -> None:
    assert decode(data) is None
