"""PNG, JPEG, TIFF and BMP, held to Pillow and tifffile."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image as pil
from PIL import ImageOps

from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Image
from fewfold.data.io.image import read_header, read_image, write_image
from fewfold.data.tag import Tag
from pictures import TAG, oblique, values

GREY, COLOUR = (40, 50), (40, 50, 3)
EXACT = [
    (".png", "u1", GREY),
    (".png", "u1", COLOUR),
    (".png", "u2", GREY),
    (".png", "u2", COLOUR),
    (".tiff", "u1", COLOUR),
    (".tif", "u2", GREY),
    (".tif", "u2", COLOUR),
    (".tif", "i4", GREY),
    (".tif", "f4", GREY),
    (".bmp", "u1", GREY),
    (".bmp", "u1", COLOUR),
]


def outside(path):
    """What another program reads."""
    if path.suffix in (".tif", ".tiff"):
        return tifffile.imread(path)
    with pil.open(path) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize(("extension", "dtype", "shape"), EXACT)
def test_round_trip_keeps_every_value(tmp_path, extension, dtype, shape):
    path, made = tmp_path / f"x{extension}", values(shape, dtype)
    write_image(Image(made), path)
    back = read_image(path)
    assert back.pixels.dtype == made.dtype and np.array_equal(back.pixels, made)
    assert back.spacing is None and back.tag is None and not back.volume
    header = read_header(path)
    assert header.shape == made.shape and header.dtype == made.dtype
    deep = extension == ".png" and dtype == "u2" and made.ndim == 3  # Pillow gives the upper 8 bits of those
    assert np.array_equal(outside(path), made >> 8 if deep else made)


@pytest.mark.parametrize("shape", [GREY, COLOUR])
def test_jpeg_is_as_close_as_its_quality(tmp_path, shape):
    ramp = np.add.outer(np.arange(shape[0]), np.arange(shape[1])).astype(np.uint8)
    made = ramp if len(shape) == 2 else np.stack([ramp, 255 - ramp, ramp], axis=-1)
    write_image(Image(made, tag=TAG, spacing=(0.3, 0.4)), tmp_path / "x.jpg")
    back = read_image(tmp_path / "x.jpg")
    assert np.abs(back.pixels.astype(int) - made).max() <= 6
    assert np.array_equal(back.pixels, outside(tmp_path / "x.jpg"))
    assert back.tag == TAG and back.spacing == (0.3, 0.4)


@pytest.mark.parametrize("extension", [".png", ".jpg", ".tif"])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_geometry_and_tag_lie_inside_the_file(tmp_path, extension, dtype):
    if extension == ".jpg" and dtype == "u2":
        pytest.skip("JPEG has 8 bits")
    path = tmp_path / f"x{extension}"
    write_image(Image(values(COLOUR, dtype), affine=oblique(), tag=TAG), path)
    back = read_image(path)
    assert back.tag == TAG and np.array_equal(back.affine, oblique())
    np.testing.assert_allclose(back.spacing, (0.7, 0.8))
    with pil.open(path) as picture:
        note = {".png": lambda: picture.text["fewfold"], ".jpg": lambda: picture.info["comment"].decode()}
        text = note.get(extension, lambda: picture.tag_v2[270])()
        np.testing.assert_allclose([float(d) for d in picture.info["dpi"]], (25.4 / 0.8, 25.4 / 0.7), rtol=0.02)
    assert '"origin":"augmented"' in text and '"seed":"7"' in text


def test_geometry_is_not_believed_once_the_size_has_changed(tmp_path):
    write_image(Image(values(GREY, "u1"), spacing=(0.5, 0.5), tag=TAG), tmp_path / "x.png")
    with pil.open(tmp_path / "x.png") as picture:
        info = __import__("PIL.PngImagePlugin").PngImagePlugin.PngInfo()
        info.add_text("fewfold", picture.text["fewfold"])
        picture.resize((25, 20)).save(tmp_path / "half.png", pnginfo=info)
    half = read_header(tmp_path / "half.png")
    assert half.spacing is None and half.tag == TAG


@pytest.mark.parametrize(
    ("dpi", "spacing"), [((254, 127), (0.2, 0.1)), ((72, 72), None), ((96, 96), None), (None, None)]
)
@pytest.mark.parametrize("extension", [".png", ".jpg", ".tif", ".bmp"])
def test_resolution_of_other_programs(tmp_path, extension, dpi, spacing):
    pil.fromarray(values(GREY, "u1")).save(tmp_path / f"x{extension}", **({"dpi": dpi} if dpi else {}))
    found = read_header(tmp_path / f"x{extension}").spacing
    assert found is None if spacing is None else found == pytest.approx(spacing, rel=1e-3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", [".jpg", ".png"])
def test_photographs_are_turned_upright(tmp_path, extension, orientation):
    exif = pil.Exif()
    exif[0x0112] = orientation
    smooth = np.add.outer(np.arange(40) * 4, np.arange(50)).astype(np.uint8)
    pil.fromarray(smooth).save(tmp_path / f"x{extension}", exif=exif, dpi=(254, 127))
    with pil.open(tmp_path / f"x{extension}") as picture:
        upright = np.asarray(ImageOps.exif_transpose(picture))
    back = read_image(tmp_path / f"x{extension}")
    assert np.array_equal(back.pixels, upright)
    header = read_header(tmp_path / f"x{extension}")
    assert header.shape == upright.shape
    assert header.spacing == pytest.approx((0.1, 0.2) if orientation > 4 else (0.2, 0.1), rel=1e-3)


def filtered_png(made, filters):
    """A 16-bit PNG, each row filtered as asked for, one byte at a time as the standard defines it."""
    rows, columns = made.shape[:2]
    kind, width = {2: (4, 4), 3: (2, 6), 4: (6, 8)}[made.shape[2]]
    lines = made.astype(">u2").reshape(rows, -1).view(np.uint8).astype(int)
    out = bytearray()
    for i in range(rows):
        out.append(filters[i % len(filters)])
        for x in range(lines.shape[1]):
            a = lines[i, x - width] if x >= width else 0
            b = lines[i - 1, x] if i else 0
            c = lines[i - 1, x - width] if i and x >= width else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            out.append((lines[i, x] - (0, a, b, (a + b) // 2, nearest)[filters[i % len(filters)]]) % 256)
    return png(columns, rows, 16, kind, zlib.compress(bytes(out)))


def png(columns, rows, depth, kind, data):
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("filters", [[0], [1], [2], [3], [4], [4, 1, 3, 0, 2]])
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_deep_colour_in_every_filter(tmp_path, filters, channels):
    made = values((9, 7, channels), "u2")
    (tmp_path / "x.png").write_bytes(filtered_png(made, filters))
    expected = made[..., 0] if channels == 2 else made[..., :3]
    shown = outside(tmp_path / "x.png")
    assert np.array_equal(
        shown[..., [0, 3]] if channels == 2 else shown, made >> 8
    )  # so the file is as the standard has it
    assert np.array_equal(read_image(tmp_path / "x.png").pixels, expected)
    assert read_header(tmp_path / "x.png").dtype == np.uint16


def test_deep_colour_of_other_programs_in_tiff(tmp_path):
    made = values(COLOUR, "u2")
    tifffile.imwrite(tmp_path / "x.tif", made, photometric="rgb")
    tifffile.imwrite(tmp_path / "planes.tif", np.moveaxis(made, 2, 0), photometric="rgb", planarconfig="separate")
    assert np.array_equal(read_image(tmp_path / "x.tif").pixels, made)
    assert np.array_equal(read_image(tmp_path / "planes.tif").pixels, made)


def test_transparency_palette_and_one_bit(tmp_path):
    made = values((40, 50, 4), "u1")
    pil.fromarray(made).save(tmp_path / "alpha.png")
    assert np.array_equal(read_image(tmp_path / "alpha.png").pixels, made[..., :3])
    pil.fromarray(np.ascontiguousarray(made[..., :2]), "LA").save(tmp_path / "grey.png")
    assert np.array_equal(read_image(tmp_path / "grey.png").pixels, made[..., 0])
    palette = pil.fromarray(made[..., 0] % 4, "P")
    palette.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    palette.save(tmp_path / "palette.png")
    assert read_image(tmp_path / "palette.png").pixels.shape == COLOUR
    assert np.array_equal(read_image(tmp_path / "palette.png", labels=True).pixels, made[..., 0] % 4)
    pil.fromarray(made[..., 0] > 99).save(tmp_path / "bit.png")
    assert np.array_equal(read_image(tmp_path / "bit.png", labels=True).pixels, made[..., 0] > 99)
    pil.fromarray(np.repeat(made[..., :1] % 4, 3, axis=2)).save(tmp_path / "coloured.png")
    assert np.array_equal(read_image(tmp_path / "coloured.png", labels=True).pixels, made[..., 0] % 4)


def test_a_mask_in_colours_is_refused(tmp_path):
    pil.fromarray(values(COLOUR, "u1")).save(tmp_path / "mask.png")
    with pytest.raises(BadInput, match=r"mask\.png.*colours"):
        read_image(tmp_path / "mask.png", labels=True)


def test_nothing_of_a_camera_is_written(tmp_path):
    exif = pil.Exif()
    exif[0x010F], exif[0x9286] = "a camera", "Jane Doe"
    pil.fromarray(values(COLOUR, "u1")).save(tmp_path / "x.jpg", exif=exif, comment=b"Jane Doe, ward 3")
    image = read_image(tmp_path / "x.jpg")
    for extension in (".jpg", ".png", ".tif", ".bmp"):
        write_image(image, tmp_path / f"y{extension}")
        assert b"Jane" not in (tmp_path / f"y{extension}").read_bytes()


@pytest.mark.parametrize("extension", [".png", ".jpg", ".tif", ".bmp"])
@pytest.mark.parametrize("keep", [0.6, 0.98])
def test_a_cut_off_picture_is_told(tmp_path, extension, keep):
    path = tmp_path / f"x{extension}"
    write_image(Image(values((200, 300, 3), "u1")), path)
    payload = path.read_bytes()
    path.write_bytes(payload[: int(keep * len(payload))])
    with pytest.raises(BadInput, match=rf"x\{extension}"):
        read_image(path)


@pytest.mark.parametrize("where", [0.4, 0.9])
def test_a_damaged_deep_picture_is_told(tmp_path, where):
    write_image(Image(values(COLOUR, "u2")), tmp_path / "x.png")
    payload = bytearray((tmp_path / "x.png").read_bytes())
    payload[int(where * len(payload))] ^= 0xFF
    (tmp_path / "x.png").write_bytes(payload)
    with pytest.raises(BadInput, match=r"x\.png"):
        read_image(tmp_path / "x.png")


@pytest.mark.parametrize(("depth", "kind"), [(8, 0), (8, 2), (16, 2)])
@pytest.mark.parametrize("side", [12_000, 25_000, 60_000])
def test_a_bomb_is_refused_before_memory_is_taken(tmp_path, depth, kind, side):
    (tmp_path / "bomb.png").write_bytes(png(side, side, depth, kind, zlib.compress(bytes(10**6))))
    with pytest.raises(BadInput, match=r"at most 100,000,000 values in bomb\.png"):
        read_image(tmp_path / "bomb.png", most_values=10**8)


def test_the_size_limit_can_be_raised(tmp_path):
    write_image(Image(values(GREY, "u1")), tmp_path / "x.png")
    with pytest.raises(BadInput, match="most_values"):
        read_header(tmp_path / "x.png", most_values=1999)
    assert read_header(tmp_path / "x.png", most_values=2000).shape == GREY


def test_pages_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "stack.tif", values((3, 40, 50), "u1"), photometric="minisblack")
    with pytest.raises(BadInput, match=r"one picture in stack\.tif.*3 pages"):
        read_header(tmp_path / "stack.tif")


@pytest.mark.parametrize(
    ("extension", "image"),
    [
        (".png", Image(values(GREY, "f4"))),
        (".png", Image(values(GREY, "i2"))),
        (".jpg", Image(values(GREY, "u2"))),
        (".bmp", Image(values(GREY, "u2"))),
        (".bmp", Image(values(GREY, "u1"), tag=TAG)),
        (".tif", Image(values(GREY, "f8"))),
        (".png", Image(values((4, 5, 2), "u1"))),
        (".png", Image(values((4, 5, 3), "u1"), volume=True)),
    ],
)
def test_what_a_format_cannot_hold_is_refused(tmp_path, extension, image):
    with pytest.raises(BadInput, match=f"{extension[1:3].upper()}"):
        write_image(image, tmp_path / f"x{extension}")
    assert not list(tmp_path.iterdir())


def test_same_image_same_bytes(tmp_path):
    for extension, dtype, shape in [*EXACT, (".jpg", "u1", COLOUR)]:
        tag = None if extension == ".bmp" else Tag("synthetic", TAG.record)
        for name in ("a", "b"):
            write_image(Image(values(shape, dtype), tag=tag), tmp_path / f"{name}{extension}")
        assert (tmp_path / f"a{extension}").read_bytes() == (tmp_path / f"b{extension}").read_bytes()


def test_a_compression_without_its_decoder_is_named(tmp_path):
    made = values(COLOUR, "u2")
    tifffile.imwrite(tmp_path / "x.tif", made, photometric="rgb")
    payload = bytearray((tmp_path / "x.tif").read_bytes())
    with tifffile.TiffFile(tmp_path / "x.tif") as file:
        at = file.pages[0].tags["Compression"].valueoffset
    payload[at : at + 2] = struct.pack("<H", 5)  # LZW, which tifffile leaves to imagecodecs
    (tmp_path / "x.tif").write_bytes(payload)
    with pytest.raises(BadInput, match=r"x\.tif.*LZW.*pip install imagecodecs"):
        read_image(tmp_path / "x.tif")
