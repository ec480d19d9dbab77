"""How a caption is written before it is tokenised; training and serving share it."""

import re
import unicodedata
from typing import Final

_INVISIBLE: Final = re.compile(
    "["
    "\u00ad"  # soft hyphen
    "\u0640"  # Arabic tatweel: stretches a word, says nothing
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\ufe0e\ufe0f"  # text or picture form of the emoji before it
    "\U0001f3fb-\U0001f3ff"  # skin tones
    "]"
)
# Before a letter a joiner belongs to the spelling of some Indic scripts; elsewhere it ties emoji.
_JOINER: Final = re.compile(r"\u200d(?!\w)")
_URL: Final = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MENTION: Final = re.compile(r"(?<![\w@])@\w+")
_HASHTAG: Final = re.compile(r"#(\w+)")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+")
_LONG_LETTERS: Final = re.compile(r"([^\W\d_])\1{2,}")
_LONG_SIGNS: Final = re.compile(r"([^\w\s])\1{3,}")
PLACEHOLDER: Final = re.compile(r"@user\b|\bhttp\b")
"""What stands for a user name or an address after ``normalise``."""
_EMOTICON: Final = re.compile(r"<3+|[:;=][-'^]?[()\[\]/|*]|[()\[\]][-'^]?[:;=]|\^_*\^")


def normalise(text: str) -> str:
    """``text`` in NFKC on one line, addresses as ``http``, user names as ``@user``.

    Letters repeated more than twice keep two ("soooo" and "sooo" are one word, "so" another), other
    signs keep three; ``#BestDayEver`` becomes ``#Best Day Ever``. Invisible marks, variation
    selectors and skin tones go. Normalising twice changes nothing, stray combining marks apart.
    """
    text = unicodedata.normalize("NFKC", text)
    text = unicodedata.normalize("NFKC", _JOINER.sub("", _INVISIBLE.sub("", text)))
    text = _URL.sub("http", text)
    text = _HASHTAG.sub(lambda found: "#" + _CAMEL.sub(" ", found[1]).strip(), text)
    text = _MENTION.sub("@user", text)
    text = _LONG_LETTERS.sub(r"\1\1", text)
    text = _LONG_SIGNS.sub(r"\1\1\1", text)
    return " ".join(text.split())


def says_something(normalised: str) -> bool:
    """Whether there is anything to read a mood from: a letter, an emoji or an emoticon.

    White space, punctuation, figures, addresses and user names alone say nothing.
    """
    own_words = PLACEHOLDER.sub(" ", normalised)
    return any(map(_is_letter_or_emoji, own_words)) or bool(_EMOTICON.search(own_words))


def _is_letter_or_emoji(character: str) -> bool:
    # Below U+2600 the "other symbols" are copyright signs, box drawings and the like.
    return character.isalpha() or (
        character >= "\u2600" and unicodedata.category(character) == "So"
    )
