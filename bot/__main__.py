"""The composition root: settings to objects to a front end. The console script ``storify``."""

import asyncio
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError
from rich.console import Console

from bot.demo import CAPTION, demo_photo
from bot.errors import SettingsError, StorifyError
from bot.settings import Settings
from bot.types import Recommendation, Story, User
from inference.errors import InferenceError

NO_PHOTO: Final = "-"

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
catalog_app = typer.Typer(no_args_is_help=True, help="The track table.")
app.add_typer(catalog_app, name="catalog")


@app.callback()
def _storify() -> None:
    """A song for a story: reads a photo and its caption, answers with the tracks that fit."""


@app.command()
def suggest(
    photo: Annotated[str, typer.Argument(help="an image file, or - for none")],
    caption: Annotated[str, typer.Option(help="the words under the photo")] = "",
    n: Annotated[int, typer.Option("-n", min=1, max=50, help="how many tracks")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="one object on stdout")] = False,
) -> None:
    """Tracks for one story, from the command line."""
    with sentences():
        recommendation = _answer(_read_photo(photo), caption, n, load_settings())
        _print(recommendation, as_json=as_json)


@app.command()
def run() -> None:
    """The bot on Telegram if a token is set; else the answer to a demo story."""
    with sentences():
        settings = load_settings()
        if settings.telegram_bot_token is None:
            _demo(settings)
        else:
            _serve_telegram(settings)


@app.command()
def demo() -> None:
    """The answer to a demo story."""
    with sentences():
        _demo(load_settings())


@app.command()
def telegram() -> None:
    """The bot on Telegram."""
    with sentences():
        _serve_telegram(load_settings())


@app.command()
def doctor() -> None:
    """Checks models, database, catalogue and settings; exit code 1 if something is broken."""
    from bot.doctor import examine  # noqa: PLC0415 - models and catalogue only where needed

    with sentences():
        broken = False
        for finding in examine(load_settings()):
            mark = "BROKEN" if finding.broken else "ok"
            typer.echo(f"{mark:6} {finding.part}: {finding.sentence}")
            broken |= finding.broken
    raise typer.Exit(int(broken))


@catalog_app.command("info")
def catalog_info() -> None:
    """What the track table holds."""
    from bot.catalog import LocalCatalog  # noqa: PLC0415 - numpy and SQLite only where needed

    with sentences(), closing(LocalCatalog.open(load_settings().storify_data_dir)) as catalog:
        info = catalog.info()
    typer.echo(
        f"{info.tracks:,} tracks, {info.songs:,} songs, {info.offered:,} of them offered, "
        f"{info.artists:,} artists, {info.explicit:,} explicit, in {info.source}"
    )
    if info.years:
        typer.echo(f"years {info.years[0]} to {info.years[1]}")
    for genre, count in info.genres.items():
        typer.echo(f"{count:7,}  {genre}")


def main() -> None:
    """The console script."""
    app(prog_name="storify")


@contextmanager
def sentences() -> Iterator[None]:
    """One line on stderr and exit code 1 for whatever was wrong with what was given."""
    try:
        yield
    except (StorifyError, InferenceError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def load_settings() -> Settings:
    """Settings from the environment and ``.env``, and logging as they ask for.

    Raises ``SettingsError``, with the names of the settings and never their values.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = {str(e["loc"][0]).upper(): e["msg"] for e in error.errors(include_input=False)}
        told = "; ".join(f"{name}: {message}" for name, message in wrong.items())
        raise SettingsError(f"Settings that make no sense: {told}. See .env.example.") from None
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.storify_log_level,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    return settings


def _read_photo(photo: str) -> bytes | None:
    if photo == NO_PHOTO:
        return None
    try:
        return Path(photo).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The photo {photo} cannot be read ({error.strerror}); check its name."
        ) from error


def _answer(photo: bytes | None, caption: str, n: int, settings: Settings) -> Recommendation:
    from bot.catalog import LocalCatalog  # noqa: PLC0415 - a wrong option is told without models
    from bot.recommend import answer_once  # noqa: PLC0415 - likewise
    from inference.analyzer import Analyzer  # noqa: PLC0415 - likewise

    story = Story("cli", User("cli", "local"), "cli", photo, caption)
    with (
        closing(LocalCatalog.open(settings.storify_data_dir)) as catalog,
        closing(Analyzer(threads=settings.storify_threads)) as analyzer,
    ):
        return answer_once(analyzer, catalog, story, n)


def _print(recommendation: Recommendation, *, as_json: bool) -> None:
    from bot.printed import as_json as to_json  # noqa: PLC0415 - rich only where needed
    from bot.printed import print_recommendation  # noqa: PLC0415 - likewise

    if as_json:
        typer.echo(json.dumps(to_json(recommendation), ensure_ascii=False))
    else:
        print_recommendation(recommendation, Console(highlight=False))


def _demo(settings: Settings) -> None:
    photo = demo_photo()
    typer.echo(f"A demo story: {'a portrait' if photo else 'no photo'}, “{CAPTION}”\n")
    _print(_answer(photo, CAPTION, 5, settings), as_json=False)
    typer.echo(
        '\nYour own: .venv/bin/storify suggest PHOTO --caption "..."\n'
        "As a bot: ask @BotFather on Telegram for a token, then\n"
        "          TELEGRAM_BOT_TOKEN=... make run   (or put it into .env)"
    )


def _serve_telegram(settings: Settings) -> None:
    from bot.serve import serve_telegram  # noqa: PLC0415 - a command line answers without Telegram

    asyncio.run(serve_telegram(settings))


if __name__ == "__main__":
    main()
