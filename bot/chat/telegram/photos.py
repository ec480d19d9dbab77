"""Photos fetched from Telegram into memory."""

import asyncio
from typing import Final

from telegram import Bot, Document, Message, PhotoSize

from bot.chat.telegram.errors import says
from bot.chat.telegram.requests import requested
from bot.chat.wording import Wording
from bot.errors import ChatRequestError, ChatUnauthorizedError, ChatUnreachableError

_MAX_MB: Final = 20
"""The most that ``getFile`` serves (Bot API, November 2026)."""

_FETCH_TIMEOUT_S: Final = 60.0
"""For one photo, all tries together."""


async def fetched(bot: Bot, message: Message, wording: Wording) -> bytes | None:
    """The photo of a message, also one that was sent as a file; ``None`` if it has none.

    Raises:
        ChatRequestError: it is too large.
        ChatUnreachableError: it does not arrive, or not whole. Both speak to who sent the photo.
    """
    photo = message.photo[-1] if message.photo else message.document
    if photo is None:
        return None
    too_large = wording.plain("photo.too_large", limit=_MAX_MB)
    if photo.file_size and photo.file_size > _MAX_MB * 1024 * 1024:
        raise ChatRequestError(too_large)
    try:
        async with asyncio.timeout(_FETCH_TIMEOUT_S):
            return await requested(lambda: _fetch(bot, photo))
    except ChatRequestError as error:
        if says(error, ("file is too big",)):
            raise ChatRequestError(too_large) from error
        raise ChatUnreachableError(wording.plain("photo.unfetched")) from error
    except (ChatUnreachableError, ChatUnauthorizedError, TimeoutError) as error:
        raise ChatUnreachableError(wording.plain("photo.unfetched")) from error


async def _fetch(bot: Bot, photo: PhotoSize | Document) -> bytes:
    # getFile each time: the path it gives expires, and a dead one answers 404, which the library
    # takes for a wrong token.
    file = await bot.get_file(photo.file_id)
    content = bytes(await file.download_as_bytearray())
    if file.file_size and len(content) != file.file_size:
        raise ChatUnreachableError("The photo was cut short on its way.")
    return content
