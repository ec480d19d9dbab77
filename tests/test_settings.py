"""Settings: ``.env.example`` and the class say the same, and secrets stay secret."""

from pathlib import Path

import pytest

from bot.settings import Settings

EXAMPLE = Path(__file__).parents[1] / ".env.example"


def lines() -> dict[str, str]:
    text = EXAMPLE.read_text(encoding="utf-8")
    pairs = (line.split("=", 1) for line in text.splitlines() if line and line[0] != "#")
    return dict(pairs)


def test_the_example_lists_every_setting_and_no_other() -> None:
    assert set(lines()) == {name.upper() for name in Settings.model_fields}


def test_the_examples_values_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in lines():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


@pytest.mark.parametrize(
    "name", ["TELEGRAM_BOT_TOKEN", "SPOTIFY_CLIENT_SECRET", "STORIFY_WEB_PASSWORD"]
)
def test_a_secret_is_not_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "hunter2")
    settings = Settings(_env_file=None)
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()
