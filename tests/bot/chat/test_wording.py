import json
import re
import string
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest

from bot.chat.base import Change
from bot.chat.telegram.adapter import COMMANDS
from bot.chat.wording import FALLBACK, languages, wording
from inference.labels import EMOTIONS

TEXTS = Path(str(files("bot.chat"))) / "texts"


def sentences(language: str) -> dict[str, str]:
    loaded: dict[str, str] = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    return loaded


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", sorted(languages()))
def test_no_language_misses_a_key_or_a_value(language: str) -> None:
    english, other = sentences(FALLBACK), sentences(language)

    assert set(other) == set(english)
    assert {key: fields(text) for key, text in other.items()} == {
        key: fields(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_sentence_is_html_that_telegram_accepts(language: str) -> None:
    from tests.fakes.telegram.entities import parse

    for sentence in sentences(language).values():
        assert parse(sentence).text


def test_every_key_is_used_and_every_key_used_exists() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in TEXTS.parent.rglob("*.py"))
    spelled = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_]+)*)[\"']", source))
    made = {
        *(f"changed.{change}" for change in get_args(Change)),
        *(f"button.{change}" for change in get_args(Change)),
        *(f"button.{thumb}.voted" for thumb in ("up", "down")),
        *(f"command.menu.{name}" for name in COMMANDS),
        *(f"face.{emotion}" for emotion in EMOTIONS),
        *(
            f"scene.{tone}_{pace}"
            for tone in ("bright", "even", "dark")
            for pace in ("lively", "calm")
        ),
        *(f"caption.{label}" for label in ("upbeat", "content", "neutral", "tense", "sad")),
        *(f"source.{source}" for source in ("face", "scene", "caption")),
        *(f"{source}.other" for source in ("face", "scene", "caption")),
    }

    assert made <= set(sentences(FALLBACK))
    assert set(sentences(FALLBACK)) - made <= spelled


@pytest.mark.parametrize("code", ["en", "en-GB", "EN", "xx", "", "../../secret", "zh-hans"])
def test_any_language_code_gets_a_wording(code: str) -> None:
    assert wording(code).plain("button.more")


def test_values_are_escaped_in_html_and_left_alone_in_plain_text() -> None:
    assert "a &lt;b&gt; &amp; c" in wording("en").html("reading.named", mood="a <b> & c")
    assert "a <b> & c" in wording("en").plain("mood.unknown", words="a <b> & c")
