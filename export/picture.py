"""``python -m export picture PHOTO``: the bot's real reply to a story, drawn as a chat."""

import asyncio
import base64
import html
import shutil
import subprocess
import tempfile
from contextlib import AsyncExitStack
from io import BytesIO
from pathlib import Path
from typing import Annotated, Final

import cv2
import typer
from PIL import Image, ImageChops

from bot.catalog import LocalCatalog
from bot.chat.base import Keyboard, Reply
from bot.chat.conversation import Conversation
from bot.recommend import StoryRecommender
from bot.store import DATABASE_NAME, Store
from bot.types import Story, User
from inference.analyzer import Analyzer
from inference.image import load_image

PAGE: Final = Path(__file__).with_name("chat_page.html")
PHOTO_WIDTH: Final = 500
WIDTH: Final = 460
TALLEST: Final = 1600
"""Of the window in CSS px; what is left over below the chat is cut off."""


def picture(
    photo: Annotated[Path, typer.Argument(help="the story's photo")],
    caption: Annotated[str, typer.Option(help="the words under it")] = "",
    out: Annotated[Path, typer.Option("-o", help="the PNG to write")] = Path("docs/reply.png"),
) -> None:
    """Asks the bot and draws its reply with chromium, which must be installed."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise FileNotFoundError("Drawing the chat needs chromium: apt-get install chromium")
    data = photo.read_bytes()
    page = chat_page(data, caption, asyncio.run(_reply(data, caption)))
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source, drawn = Path(folder) / "chat.html", Path(folder) / "chat.png"
        source.write_text(page, encoding="utf-8")
        subprocess.run(  # noqa: S603 - a browser of this machine on a page of ours
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--force-device-scale-factor=2",
                f"--window-size={WIDTH},{TALLEST}",
                f"--user-data-dir={folder}/profile",
                f"--screenshot={drawn}",
                source.as_uri(),
            ],
            check=True,
            capture_output=True,
        )
        _trimmed(drawn).save(out, optimize=True)


def chat_page(photo: bytes, caption: str, reply: Reply) -> str:
    """The chat as one HTML page that needs nothing from elsewhere."""
    return (
        PAGE.read_text(encoding="utf-8")
        .replace("{photo}", _embedded(photo))
        .replace("{caption}", html.escape(caption))
        .replace("{reply}", reply.html)
        .replace("{keys}", _keys(reply.keyboard))
    )


async def _reply(photo: bytes, caption: str) -> Reply:
    """What the conversation answers to somebody new."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        catalog = LocalCatalog.open(folder)
        stack.callback(catalog.close)
        analyzer = Analyzer()
        stack.callback(analyzer.close)
        store = await Store.open(folder / DATABASE_NAME)
        stack.push_async_callback(store.close)
        recommender = StoryRecommender(analyzer, catalog, store, seed=2026)
        stack.callback(recommender.close)
        story = Story("picture", User("picture", "1"), "1", photo, caption)
        return await Conversation(recommender, store).story(story)


def _embedded(photo: bytes) -> str:
    image = load_image(photo)
    height = round(image.shape[0] * PHOTO_WIDTH / image.shape[1])
    small = cv2.resize(image, (PHOTO_WIDTH, height), interpolation=cv2.INTER_AREA)
    buffer = BytesIO()
    Image.fromarray(small).save(buffer, "JPEG", quality=90)
    return f'<img src="data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}">'


def _keys(keyboard: Keyboard) -> str:
    rows = (
        "".join(f"<span>{html.escape(button.label)}</span>" for button in row) for row in keyboard
    )
    return "".join(f"<div>{row}</div>" for row in rows)


def _trimmed(drawn: Path) -> Image.Image:
    """Without the empty ground below the chat, in 256 colours."""
    with Image.open(drawn) as image:
        whole = image.convert("RGB")
    ground = Image.new("RGB", whole.size, whole.getpixel((0, 0)))
    box = ImageChops.difference(whole, ground).getbbox() or (0, 0, *whole.size)
    return whole.crop((0, 0, whole.width, min(box[3] + 36, whole.height))).quantize(256)
