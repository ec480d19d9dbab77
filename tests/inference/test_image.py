import struct
import tracemalloc
import zlib
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from inference.errors import (
    ImageError,
    ImageTooLargeError,
    ImageTooSmallError,
    UnreadableImageError,
)
from inference.image import MAX_SIDE, MIN_SIDE, load_image
from tests.photos import photo

Pixels = npt.NDArray[np.uint8]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


def heic(image: Image.Image, **options: object) -> bytes:
    stream = BytesIO()
    pillow_heif.from_pillow(image).save(stream, **options)
    return stream.getvalue()


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    """Red and green above blue and white, so that any turn or mirroring shows."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    pixels[height // 2 :, width // 2 :] = WHITE
    return Image.fromarray(pixels)


def corners(pixels: Pixels) -> list[tuple[int, ...]]:
    """The middle of each quarter, row by row."""
    height, width, _ = pixels.shape
    return [
        tuple(int(value) for value in pixels[y, x])
        for y in (height // 4, 3 * height // 4)
        for x in (width // 4, 3 * width // 4)
    ]


def png_promising(width: int, height: int) -> bytes:
    """A valid PNG header with hardly any pixels behind it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def gif_with_a_frame(width: int, height: int) -> bytes:
    """A small GIF whose first frame claims to be larger than the whole."""
    data = bytearray(encoded(Image.new("P", (64, 48)), "GIF", comment=b"a block before the frame"))
    at = data.index(struct.pack("<4sHH", b"\0\0\0\0", 64, 48), 13)
    struct.pack_into("<HH", data, at + 4, width, height)
    return bytes(data)


def red(mode: str) -> Image.Image:
    return Image.new("RGB", (64, 48), RED).convert(mode)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encoded(red("RGB"), "JPEG", quality=95), id="jpeg"),
        pytest.param(encoded(red("RGB"), "JPEG", quality=95, progressive=True), id="progressive"),
        pytest.param(encoded(red("CMYK"), "JPEG", quality=95), id="cmyk jpeg"),
        pytest.param(encoded(red("RGB"), "PNG"), id="png"),
        pytest.param(encoded(red("RGBA"), "PNG"), id="rgba png"),
        pytest.param(encoded(red("P"), "PNG"), id="palette png"),
        pytest.param(encoded(red("RGB"), "WEBP", lossless=True), id="webp"),
        pytest.param(
            encoded(
                red("RGB"),
                "WEBP",
                lossless=True,
                save_all=True,
                append_images=[Image.new("RGB", (64, 48), BLUE)],
            ),
            id="animated webp",
        ),
        pytest.param(heic(red("RGB"), quality=95), id="heic"),
        pytest.param(encoded(red("RGB"), "AVIF", quality=95), id="avif"),
        pytest.param(
            encoded(red("P"), "GIF", save_all=True, append_images=[red("P").rotate(180)]),
            id="animated gif",
        ),
        pytest.param(encoded(red("RGB"), "BMP"), id="bmp"),
    ],
)
def test_every_format_gives_the_same_rgb_pixels(data: bytes) -> None:
    pixels = load_image(data)

    assert pixels.shape == (48, 64, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert np.abs(pixels.astype(int) - RED).max() <= 8


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_grey_of_any_depth_gives_equal_channels(mode: str) -> None:
    ramp = np.tile(np.linspace(0, 255, 64), (48, 1)).astype(np.uint8)
    wide = Image.fromarray(ramp.astype(np.uint16) * 257)
    image = wide if mode == "I;16" else Image.fromarray(ramp).convert(mode)

    pixels = load_image(encoded(image, "PNG"))

    assert (pixels == pixels[..., :1]).all()
    if mode != "1":
        assert np.array_equal(pixels[..., 0], ramp)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_transparency_shows_white(file_format: str) -> None:
    image = red("RGBA")
    image.putalpha(Image.new("L", image.size, 128))
    image.paste((0, 0, 0, 0), (0, 0, 32, 48))

    pixels = load_image(encoded(image, file_format, lossless=True))

    assert tuple(pixels[24, 16]) == WHITE
    assert np.abs(pixels[24, 48].astype(int) - (255, 127, 127)).max() <= 1


def test_a_transparent_palette_colour_shows_white() -> None:
    image = quarters().quantize(4)
    pixels = load_image(encoded(image, "GIF", transparency=image.getpixel((0, 0))))

    assert corners(pixels) == [WHITE, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "HEIC"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_photo_upright(file_format: str, orientation: int) -> None:
    # How a camera stores an upright scene for each value of the tag: the inverse of what undoes it.
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = quarters() if stored is None else quarters().transpose(stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    if file_format == "HEIC":
        data = heic(image, exif=exif.tobytes(), quality=95)
    else:
        data = encoded(image, file_format, exif=exif.tobytes(), quality=95)

    pixels = load_image(data)

    assert pixels.shape == (64, 96, 3)
    difference = np.subtract(corners(pixels), (RED, GREEN, BLUE, WHITE))
    assert np.abs(difference).max() <= 12


def test_damaged_exif_does_not_spoil_the_photo() -> None:
    data = encoded(quarters(), "PNG", exif=b"Exif\x00\x00MM\x00\x2b nothing of use")

    assert corners(load_image(data)) == [RED, GREEN, BLUE, WHITE]


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1280, 960), (960, 1280, 3)),
        ((1284, 640), (638, 1280, 3)),
        ((1000, 3000), (1280, 427, 3)),
        ((2601, 1733), (853, 1280, 3)),
        ((5200, 2600), (640, 1280, 3)),
    ],
)
def test_large_photos_are_shrunk_in_proportion(
    file_format: str, size: tuple[int, int], expected: tuple[int, int, int]
) -> None:
    pixels = load_image(encoded(quarters(*size), file_format, quality=95))

    assert pixels.shape == expected
    assert max(pixels.shape) == MAX_SIDE
    assert np.abs(np.subtract(corners(pixels), (RED, GREEN, BLUE, WHITE))).max() <= 8


def test_shrinking_averages_the_pixels_it_drops() -> None:
    fine = np.indices((2600, 2600)).sum(axis=0) % 2 * np.uint8(255)

    pixels = load_image(encoded(Image.fromarray(fine.astype(np.uint8)), "PNG"))

    assert np.abs(pixels[8:-8, 8:-8].astype(int) - 127).max() <= 24


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        pytest.param(b"", UnreadableImageError, "empty", id="empty"),
        pytest.param(b"just some words\n", UnreadableImageError, "not a photo", id="text"),
        pytest.param(b"%PDF-1.7\n", UnreadableImageError, "not a photo", id="pdf"),
        pytest.param(
            encoded(quarters(640, 480), "JPEG")[:-400], UnreadableImageError, "cut short", id="jpeg"
        ),
        pytest.param(
            encoded(Image.effect_noise((640, 480), 60), "PNG")[:-4000],
            UnreadableImageError,
            "cut short",
            id="png",
        ),
        pytest.param(heic(quarters(640, 480))[:-200], UnreadableImageError, "cut short", id="heic"),
        pytest.param(b"\xff\xd8\xff", UnreadableImageError, "cut short", id="three bytes"),
        pytest.param(
            encoded(red("RGB").crop((0, 0, 1, 1)), "PNG"), ImageTooSmallError, "1 x 1", id="1x1"
        ),
        pytest.param(
            encoded(Image.new("L", (MIN_SIDE, MIN_SIDE - 1)), "PNG"),
            ImageTooSmallError,
            "32 x 31",
            id="one row short",
        ),
        pytest.param(
            encoded(Image.new("1", (20_000, 40)), "PNG"), ImageTooSmallError, "narrow", id="narrow"
        ),
        pytest.param(png_promising(20_000, 20_000), ImageTooLargeError, "67 million", id="bomb"),
        pytest.param(
            png_promising(10_000, 10_000), ImageTooLargeError, "67 million", id="small bomb"
        ),
        pytest.param(
            gif_with_a_frame(65_000, 2_000), ImageTooLargeError, "67 million", id="gif frame"
        ),
        pytest.param(
            encoded(Image.new("1", (9_000, 9_000)), "GIF"),
            ImageTooLargeError,
            "67 million",
            id="gif",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(
    data: bytes, error: type[ImageError], words: str
) -> None:
    with pytest.raises(error, match=words) as refusal:
        load_image(data)

    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_bomb_is_refused_without_decoding_it() -> None:
    bomb = png_promising(20_000, 20_000)
    load_image(encoded(quarters(), "PNG"))  # whatever is loaded once is loaded
    tracemalloc.start()
    try:
        with pytest.raises(ImageTooLargeError):
            load_image(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_pillows_own_limits_are_left_as_they_were() -> None:
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, set(Image.OPEN)
    load_image(heic(quarters()))

    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, set(Image.OPEN)) == before


_REAL = [
    encoded(quarters(), "JPEG"),
    encoded(quarters(), "JPEG", exif=Image.Exif().tobytes()),
    encoded(quarters(), "PNG"),
    encoded(quarters().quantize(8), "PNG"),
    encoded(quarters(), "WEBP"),
    encoded(quarters(), "GIF"),
    encoded(quarters(), "BMP"),
    encoded(quarters(), "AVIF"),
    heic(quarters()),
]


def is_read_or_refused(data: bytes) -> None:
    """Fails on any exception but ours, warnings included."""
    try:
        pixels = load_image(data)
    except ImageError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3


@settings(deadline=None)
@given(head=st.sampled_from([b"", *(real[:12] for real in _REAL)]), tail=st.binary(max_size=400))
def test_random_bytes_are_refused(head: bytes, tail: bytes) -> None:
    is_read_or_refused(head + tail)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_files_are_read_or_refused(data: st.DataObject) -> None:
    damaged = bytearray(data.draw(st.sampled_from(_REAL)))
    places = st.integers(0, min(len(damaged), 900) - 1)  # the headers are where parsers stumble
    for at, value in data.draw(st.dictionaries(places, st.integers(0, 255), max_size=6)).items():
        damaged[at] = value
    is_read_or_refused(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))


def test_a_photo_from_a_package_survives_the_trip() -> None:
    pixels = photo("astronaut.png")

    assert np.array_equal(load_image(encoded(Image.fromarray(pixels), "PNG")), pixels)


def test_a_format_that_is_decoded_whole_is_refused_earlier() -> None:
    large = Image.new("RGB", (4200, 4000))

    with pytest.raises(ImageTooLargeError, match="17 million"):
        load_image(encoded(large, "WEBP", lossless=True, method=0))
    assert load_image(encoded(large, "PNG")).shape == (1219, 1280, 3)
