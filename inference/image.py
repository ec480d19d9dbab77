"""Photo bytes to upright RGB pixels: every format a chat sends, within bounded time and memory."""

import struct
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from inference.errors import ImageTooLargeError, ImageTooSmallError, UnreadableImageError

MAX_SIDE: Final = 1280
"""Longest side of what ``load_image`` returns, in pixels: what chats shrink photos to."""

MIN_SIDE: Final = 32
"""Shortest side that is still worth looking at, in pixels."""

MAX_PIXELS: Final = 2**26
"""What a header may promise: the full frame of a 64-megapixel phone camera."""

MAX_PIXELS_AT_ONCE: Final = 2**24
"""The same for WEBP and AVIF, whose decoders hold the frame several times: 16 bytes a pixel."""

_STRIP: Final = 128
"""Rows of the shrunken image that are made at a time."""

_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation to what undoes it (CIPA DC-008, tag 0x0112)."""


def load_image(data: bytes) -> npt.NDArray[np.uint8]:
    """Decodes a photo to ``(H, W, 3) uint8`` RGB, upright, its longest side at most ``MAX_SIDE``.

    JPEG, PNG, WEBP, HEIC, AVIF, GIF and BMP are read; of an animation the first frame. What is
    transparent becomes white. The size is judged by the header, before any pixel is decoded.

    Raises ``UnreadableImageError``, ``ImageTooLargeError`` or ``ImageTooSmallError``, and nothing
    else whatever the bytes.
    """
    if not data:
        raise UnreadableImageError("The photo is empty; send it again.")
    opener = _opener_for(data)
    try:
        image = opener(BytesIO(data))
    except Image.DecompressionBombError as error:
        raise _too_large(MAX_PIXELS) from error
    # The parsers of seven formats, fed with hostile bytes: no list of their exceptions is complete.
    except Exception as error:
        raise UnreadableImageError(_DAMAGED) from error
    with image:
        target = _target_size(*image.size, limit=_pixel_limit(image))
        try:
            image.draft(None, target)  # JPEG decodes straight to 1/2, 1/4 or 1/8
            pixels = _shrunken(image, target)
            return _upright(pixels, _orientation(image))
        except MemoryError as error:
            raise _too_large(_pixel_limit(image)) from error
        except Exception as error:
            raise UnreadableImageError(_DAMAGED) from error


_DAMAGED: Final = "The photo is damaged or cut short; send it again."


def _heif(stream: BytesIO) -> Image.Image:
    """Opens HEIC. Its decoder is loaded here, by the few photos that need it."""
    from pillow_heif.as_plugin import HeifImageFile  # noqa: PLC0415 - 20 ms that most never need

    image: Image.Image = HeifImageFile(stream)  # type: ignore[no-untyped-call]  # unannotated
    return image


def _gif(stream: BytesIO) -> Image.Image:
    """Opens GIF, after a look at its first frame, which may reach beyond what the header says.

    Pillow would only warn of that.
    """
    data = stream.getbuffer()
    whole_width, whole_height, colours = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (colours % 8 + 1) if colours & 0x80 else 0)
    while data[at] == ord("!"):  # extensions: a label, then blocks that begin with their length
        at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    separator, left, top, width, height = struct.unpack_from("<c4H", data, at)
    if separator != b",":
        raise SyntaxError("a GIF without a frame")
    if max(whole_width, left + width) * max(whole_height, top + height) > MAX_PIXELS:
        raise Image.DecompressionBombError
    return GifImageFile(stream)


def _opener_for(data: bytes) -> Callable[[BytesIO], Image.Image]:
    """Pillow's reader of the format that the first bytes announce.

    The readers are called by name and not through ``Image.open``, which would try formats that no
    chat sends, and warn of a large image before its size can be refused here.
    """
    for at, magic, opener in _OPENERS:
        if data.startswith(magic, at):
            return opener
    raise UnreadableImageError(
        "The file is not a photo of a supported format; send a JPEG, PNG, WEBP or HEIC."
    )


_OPENERS: Final[tuple[tuple[int, bytes, Callable[[BytesIO], Image.Image]], ...]] = (
    (0, b"\xff\xd8\xff", JpegImageFile),
    (0, b"\x89PNG\r\n\x1a\n", PngImageFile),
    (8, b"WEBP", WebPImageFile),
    (4, b"ftypavif", AvifImageFile),
    (4, b"ftypavis", AvifImageFile),
    (4, b"ftyp", _heif),
    (0, b"GIF8", _gif),
    (0, b"BM", BmpImageFile),
)
"""Offset and bytes by which a format is known; the first that matches is used."""


def _pixel_limit(image: Image.Image) -> int:
    held_whole = isinstance(image, WebPImageFile | AvifImageFile)
    return MAX_PIXELS_AT_ONCE if held_whole else MAX_PIXELS


def _too_large(limit: int) -> ImageTooLargeError:
    return ImageTooLargeError(
        f"The photo has more than {limit / 1e6:.0f} million pixels; send a smaller one."
    )


def _target_size(width: int, height: int, *, limit: int) -> tuple[int, int]:
    """Width and height after shrinking to ``MAX_SIDE``; refuses too many and too few pixels."""
    if width * height > limit:
        raise _too_large(limit)
    scale = min(1.0, MAX_SIDE / max(width, height))
    target = round(width * scale), round(height * scale)
    if min(target) < MIN_SIDE:
        raise ImageTooSmallError(
            f"A photo of {width} x {height} pixels is too small or too narrow to see anything in; "
            "send a larger one."
        )
    return target


def _shrunken(image: Image.Image, target: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """``(H, W, 3)`` RGB of the target size, averaged over the pixels that each one stands for."""
    factor = max(1, max(image.size) // MAX_SIDE)
    pixels = np.array(_reduced(image, factor))
    if pixels.shape[1::-1] != target:
        pixels = np.asarray(cv2.resize(pixels, target, interpolation=cv2.INTER_AREA), np.uint8)
    return pixels


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """RGB, each side divided by ``factor``: strip by strip, so that no large copy is ever made."""
    image.load()
    if factor == 1:
        return _over_white(image)
    width, height = (-(-side // factor) for side in image.size)
    reduced = Image.new("RGB", (width, height))
    for top in range(0, height, _STRIP):
        bottom = min((top + _STRIP) * factor, image.height)
        strip = image.crop((0, top * factor, image.width, bottom))
        reduced.paste(_over_white(strip).reduce(factor), (0, top))
    return reduced


def _over_white(image: Image.Image) -> Image.Image:
    """Any mode to RGB, with white behind what is transparent."""
    if image.mode.startswith("I;16"):  # Pillow clips 16-bit grey to 255 instead of scaling it
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    layer = image.convert("RGBA")
    paper = Image.new("RGB", layer.size, "white")
    paper.paste(layer, mask=layer.getchannel("A"))
    return paper


def _orientation(image: Image.Image) -> Image.Transpose | None:
    """What turns the image upright, by its EXIF; ``None`` where there is nothing to do."""
    with suppress(Exception):  # a photo with damaged EXIF is still a photo
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return None


def _upright(
    pixels: npt.NDArray[np.uint8], transpose: Image.Transpose | None
) -> npt.NDArray[np.uint8]:
    """The pixels turned or mirrored."""
    if transpose is None:
        return pixels
    return np.array(Image.fromarray(pixels).transpose(transpose))
