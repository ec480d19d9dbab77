"""The sentences Storify says, one JSON file a language under ``texts/``."""

import html
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

FALLBACK: Final = "en"
"""The language of whoever's own is not among the files."""


class Wording:
    """The sentences of one language, by key."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._sentences = sentences

    def has(self, key: str) -> bool:
        """Whether there is a sentence under ``key``."""
        return key in self._sentences

    def html(self, key: str, **values: object) -> str:
        """The sentence as HTML; ``values`` are escaped."""
        escaped = {name: html.escape(str(value)) for name, value in values.items()}
        return self._sentences[key].format(**escaped)

    def plain(self, key: str, **values: object) -> str:
        """The sentence as plain text, for buttons and notices, which know no HTML."""
        return self._sentences[key].format(**values)


@cache
def languages() -> frozenset[str]:
    """The codes of the languages there is a file for."""
    names = (entry.name for entry in files("bot.chat").joinpath("texts").iterdir())
    return frozenset(name.removesuffix(".json") for name in names if name.endswith(".json"))


def wording(language_code: str) -> Wording:
    """The sentences in somebody's language (``pt-BR`` finds ``pt``), or else in English."""
    language = language_code.partition("-")[0].lower()
    return _load(language if language in languages() else FALLBACK)


@cache
def _load(language: str) -> Wording:
    text = files("bot.chat").joinpath("texts", f"{language}.json").read_text(encoding="utf-8")
    return Wording(json.loads(text))
