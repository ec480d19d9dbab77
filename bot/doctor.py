"""``storify doctor``: is everything in place? One line for each part, read by people."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.catalog import LocalCatalog
from bot.errors import StorifyError
from bot.settings import Settings
from bot.store import DATABASE_NAME, Store
from inference.analyzer import Analyzer
from inference.errors import InferenceError
from inference.manifest import ModelManifest

MODELS: Final = ("faces", "emotion", "scene", "caption")


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one part. Something that is not set is fine; something broken is not."""

    part: str
    sentence: str
    broken: bool = False


def examine(settings: Settings) -> Iterator[Finding]:
    """Checks every part in turn, whatever the others say."""
    for name in MODELS:
        yield _checked(f"model {name}", partial(_model, name))
    yield _checked("models", _opened)
    yield _checked("catalogue", partial(_catalogue, settings))
    yield _checked("database", partial(_database, settings))
    yield _token(settings)
    yield _spotify(settings)


def _checked(part: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(part, check())
    except (InferenceError, StorifyError) as error:
        return Finding(part, str(error), broken=True)


def _model(name: str) -> str:
    manifest = ModelManifest.load(name)
    size = manifest.verify().stat().st_size
    return f"{manifest.file}, {size / 1e6:.1f} MB, sha256 {manifest.sha256[:12]} as expected"


def _opened() -> str:
    Analyzer(threads=1).close()
    return "all open and agree with their manifests"


def _catalogue(settings: Settings) -> str:
    with closing(LocalCatalog.open(settings.storify_data_dir)) as catalog:
        info = catalog.info()
    return f"{info.tracks:,} tracks, {info.songs:,} songs, {info.artists:,} artists"


def _database(settings: Settings) -> str:
    path = settings.storify_data_dir / DATABASE_NAME

    async def open_and_close() -> None:
        store = await Store.open(path)
        await store.close()

    asyncio.run(open_and_close())
    return f"{path} can be read and written"


def _token(settings: Settings) -> Finding:
    if settings.telegram_bot_token is None:
        return Finding("Telegram", "no token; put TELEGRAM_BOT_TOKEN into .env to run the bot")
    return Finding("Telegram", "a token is set")


def _spotify(settings: Settings) -> Finding:
    given = settings.spotify_client_id, settings.spotify_client_secret
    if all(given):
        return Finding("Spotify", "a key is set")
    if any(given):
        return Finding(
            "Spotify",
            "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET belong together; set both or neither",
            broken=True,
        )
    return Finding("Spotify", "no key; none is needed")
