"""What makes two ids the same song, and which tracks nobody should be offered."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

SHORTEST_MS: Final = 45_000
"""Shorter tracks are intros, skits and jingles."""

# Credits that stand for "nobody in particular"; a thumb on one would say nothing.
_NOBODY: Final = frozenset(
    {
        "anonymous",
        "karaoke",
        "no artist",
        "traditional",
        "unknown",
        "unknown artist",
        "various",
        "various artists",
    }
)

# A carol under a beach photo costs more trust than the whole shelf of them earns in December.
_SEASONAL: Final = re.compile(
    r"\b(christmas|x-?mas|santa (claus|baby|looked|tell me)|(dear|hey|oh|me) santa|jingle bells?"
    r"|saint nick|sleigh|mistletoe|navidad|first no[eë]l|winter wonderland|silent night"
    r"|holy night|feliz natal|happy holidays?|little drummer boy|frosty the snowman"
    r"|run rudolph|rudolph,? the red|merry,? gentlemen)\b",
    re.IGNORECASE,
)

# These name another release of the same recording. A remix, a live or an acoustic take is another
# song: it has a valence and an energy of its own.
_EDITION: Final = re.compile(
    r"\b(remaster(ed)?|mono|stereo|radio edit|single|album version|original (mix|version)"
    r"|bonus track|deluxe|explicit|clean|edit|from|feat\.?|ft\.?|featuring|with)\b"
)
_BRACKETED: Final = re.compile(r"[(\[]([^)\]]*)[)\]]")
_NOT_WORD: Final = re.compile(r"[^\w]+")


def song_id(title: str, artists: Sequence[str]) -> int:
    """A signed 64-bit number, the same for every id under which one artist's song stands.

    Compares the first credited artist and the title without case, accents, punctuation and words
    for an edition ("- Remastered 2011", "(feat. Somebody)", "[Radio Edit]").
    """
    artist = _plain(artists[0]) if artists else ""
    text = f"{artist}\n{_plain(_without_edition(title))}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def is_offered(title: str, artists: Sequence[str], duration_ms: int | None) -> bool:
    """Whether the track may be suggested: a song of some length, by somebody, for any season."""
    return (
        bool(title.strip())
        and any(artist.strip() for artist in artists)
        and not any(artist.strip().casefold() in _NOBODY for artist in artists)
        and (duration_ms is None or duration_ms >= SHORTEST_MS)
        and _SEASONAL.search(title) is None
    )


def _without_edition(title: str) -> str:
    folded = title.casefold()
    kept = _BRACKETED.sub(
        lambda match: "" if _EDITION.search(match[1]) else match[0],
        folded,
    )
    head, dash, tail = kept.partition(" - ")
    if dash and _EDITION.search(tail) and "remix" not in tail:
        kept = head
    return kept if kept.strip() else folded


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    # Titles such as "???" hold no word at all: they must not all become one song.
    return _NOT_WORD.sub(" ", letters).strip() or text.strip()
