"""Telegram's HTML style, read as strictly as the server does."""

import html
import re
from dataclasses import dataclass, field
from typing import Final

_TAGS: Final = frozenset({"a", "b", "blockquote", "code", "em", "i", "pre", "s", "strong", "u"})
_TOKEN: Final = re.compile(r"<(/?)([a-zA-Z-]*)((?:\s+[a-z-]+(?:=(?:\"[^\"]*\"|'[^']*'))?)*)\s*>")
_HREF: Final = re.compile(r"href=(?:\"([^\"]*)\"|'([^']*)')")
_CHARACTER: Final = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


class EntityError(ValueError):
    """The text breaks the rules; ``str()`` is what the server says."""


@dataclass
class Parsed:
    """What is seen of a message."""

    text: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    """The URL and the text of each link, in order."""


def utf16_length(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def parse(source: str) -> Parsed:
    """The visible text and its links.

    Raises:
        EntityError: a tag is unknown, not closed, or closes another; a ``<`` opens no tag.
    """
    parsed = Parsed()
    open_tags: list[tuple[str, str, int]] = []  # name, href, where its text begins
    position = 0
    while position < len(source):
        if source[position] != "<":
            end = source.find("<", position)
            end = len(source) if end < 0 else end
            parsed.text += _CHARACTER.sub(lambda m: html.unescape(m[0]), source[position:end])
            position = end
            continue
        offset = len(source[:position].encode())
        token = _TOKEN.match(source, position)
        if token is None:
            raise EntityError(f"Unclosed start tag at byte offset {offset}")
        closing, name, attributes = token[1], token[2].lower(), token[3]
        if closing:
            _close(name, open_tags, parsed, offset)
        elif name not in _TAGS:
            raise EntityError(f'Unsupported start tag "{name}" at byte offset {offset}')
        else:
            href = _HREF.search(attributes)
            url = html.unescape(href[1] or href[2] or "") if href else ""
            open_tags.append((name, url, len(parsed.text)))
        position = token.end()
    if open_tags:
        raise EntityError(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return parsed


def _close(name: str, open_tags: list[tuple[str, str, int]], parsed: Parsed, offset: int) -> None:
    if not open_tags:
        raise EntityError(f"Unexpected end tag at byte offset {offset}")
    opened, url, begin = open_tags.pop()
    if name != opened:
        raise EntityError(
            f'Unmatched end tag at byte offset {offset}, expected "</{opened}>", found "</{name}>"'
        )
    if name == "a" and url.startswith(("http://", "https://", "tg://")):
        parsed.links.append((url, parsed.text[begin:]))
