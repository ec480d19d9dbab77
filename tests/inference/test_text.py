import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.text import normalise, says_something


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("  so\n glad \t today ", "so glad today"),
        ("\uff46\uff55\uff4c\uff4c \uff42\uff4f\uff52\uff45\uff44", "full bored"),
        ("look https://example.org/a?b=c now", "look http now"),
        ("WWW.Example.org!", "http"),
        ("thanks @Anna_K, @ben", "thanks @user, @user"),
        ("mail me@example.org", "mail me@example.org"),
        ("#BestDayEver", "#Best Day Ever"),
        ("#ABCNews #snow_day #2026", "#ABC News #snow day #2026"),
        ("soooooo happyyyy", "soo happyy"),
        ("sooo", "soo"),
        ("yes!!!!!!!! no......", "yes!!! no..."),
        ("😂😂😂😂😂😂", "😂😂😂"),
        ("in 1000000 years", "in 1000000 years"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("❤️ 👍🏽", "❤ 👍"),
        ("❤️\u200d🔥", "❤🔥"),
        ("جميـــــل", "جميل"),
        ("क्\u200dष", "क्\u200dष"),
        ("", ""),
    ],
)
def test_a_caption_is_normalised(written: str, normalised: str) -> None:
    assert normalise(written) == normalised


@given(st.text(st.sampled_from("aAbZ09_#@!. 😂❤\u200d\ufe0f\u0640éﷺ\nhttps:/www")))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text())
def test_a_normalised_caption_is_one_trimmed_line(text: str) -> None:
    once = normalise(text)
    assert once == " ".join(once.split())


@pytest.mark.parametrize(
    "text", ["ok", "🎉", "❤️", "🇮🇹", "幸せ", "سعيد", "खुश", ":)", ":-(", "<3", "^_^", "@anna hi"]
)
def test_words_emoji_and_emoticons_say_something(text: str) -> None:
    assert says_something(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "...",
        "?!?!",
        "—",
        "2026",
        "12:30",
        "© ®",
        "@anna",
        "https://example.org",
        "\u200b",
    ],
)
def test_punctuation_figures_addresses_and_names_say_nothing(text: str) -> None:
    assert not says_something(normalise(text))
