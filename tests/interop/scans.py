#!/usr/bin/env python3
"""Writes scanned pages as scanners and their programs write them: one page, one picture, every encoding that PDF knows.

    scans.py FOLDER

Upper half: typed lines. Lower half: paper, grey and grainy where the encoding has shades, with three specks of dust. One file for each encoding; prints
their names as JSON. The pictures come from libjpeg, libtiff and OpenJPEG (by Pillow); the JBIG2 stream is put together here around
libtiff's MMR data (ISO/IEC 14492, 7.4.6).
"""

import io
import json
import random
import struct
import sys
import zlib
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

WIDTH, HEIGHT = 1240, 1754  # A4 at 150 dpi


def page() -> Image.Image:
    chance = random.Random(20261122)
    grain = bytes(238 + chance.randrange(-9, 10) for _ in range(WIDTH * HEIGHT))
    image = Image.frombytes("L", (WIDTH, HEIGHT), grain)
    draw = ImageDraw.Draw(image)
    for line in range(100, HEIGHT // 2 - 60, 40):
        draw.text((120, line), "SAIBAM QUANTOS ESTE PUBLICO INSTRUMENTO VIREM " * 2, fill=40)
    for _ in range(3):
        x, y = chance.randrange(WIDTH), chance.randrange(HEIGHT // 2 + 50, HEIGHT)
        draw.point([(x, y), (x + 1, y)], fill=0)
    return image


def saved(image: Image.Image, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, **options)
    return out.getvalue()


def fax(image: Image.Image, compression: str) -> bytes:
    """The one strip of a TIFF."""
    tiff = saved(image, format="TIFF", compression=compression, tiffinfo={278: HEIGHT})
    with Image.open(io.BytesIO(tiff)) as read:
        (offset,), (count,) = read.tag_v2[273], read.tag_v2[279]
    return tiff[offset : offset + count]


def predicted(rows: bytes, stride: int, pixel: int) -> bytes:
    """PNG's predictor «Sub» on every row (RFC 2083, 6.3)."""
    out = bytearray()
    for at in range(0, len(rows), stride):
        row = rows[at : at + stride]
        out += b"\x01" + bytes((value - (row[x - pixel] if x >= pixel else 0)) & 255 for x, value in enumerate(row))
    return bytes(out)


def jbig2(mmr: bytes) -> bytes:
    """Page information and one generic region that is coded by MMR."""
    information = struct.pack(">IIIIBH", WIDTH, HEIGHT, 0, 0, 0, 0)
    region = struct.pack(">IIIIB", WIDTH, HEIGHT, 0, 0, 0) + b"\x01" + mmr
    segment = lambda number, kind, data: struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data
    return segment(0, 48, information) + segment(1, 38, region)


def pdf(entries: str, data: bytes, ctm: str = "595 0 0 842 0 0", extra: str = "") -> bytes:
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
    ]
    content = f"q {ctm} cm /I Do Q".encode()
    bodies.append(b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content))
    head = f"<</Type/XObject/Subtype/Image/Width {WIDTH}/Height {HEIGHT}{entries}/Length {len(data)}>>"
    bodies.append(head.encode() + b"\nstream\n" + data + b"\nendstream")
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    for number, body in enumerate(bodies, 1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += table + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    return bytes(out)


def scans() -> dict[str, bytes]:
    grey = page()
    colour = Image.merge("RGB", [grey.point(lambda v, d=d: max(0, v - d)) for d in (0, 12, 40)])
    black = grey.point(lambda v: 255 if v > 128 else 0).convert("1", dither=Image.Dither.NONE)
    bits = black.tobytes()
    # Paper is entry 9 of the palette and ink entry 2: far apart in colour, neighbours as numbers mean nothing.
    indices = bytes(9 if v else 2 for v in black.convert("L").tobytes())
    nibbles = bytes(a << 4 | b for a, b in zip(indices[::2], indices[1::2]))
    g4 = fax(black, "group4")
    one, eight = "/BitsPerComponent 1/ColorSpace/DeviceGray", "/BitsPerComponent 8/ColorSpace/Device"
    parms = f"/DecodeParms<</K -1/Columns {WIDTH}/Rows {HEIGHT}/BlackIs1 true>>"
    palette = "/BitsPerComponent 4/ColorSpace[/Indexed/DeviceRGB 15<" + "ffffff" * 2 + "000000" + "ffffff" * 13 + ">]"
    turned = "0 842 -595 0 595 0"
    return {
        "raw-grey": pdf(eight + "Gray", grey.tobytes()),
        "flate-bits": pdf(one + "/Filter/FlateDecode", zlib.compress(bits)),
        "flate-mask": pdf("/ImageMask true/Filter/FlateDecode", zlib.compress(bits)),
        "flate-palette": pdf(palette + "/Filter/FlateDecode", zlib.compress(nibbles)),
        "flate-predictor": pdf(
            f"{eight}RGB/Filter/FlateDecode/DecodeParms<</Predictor 11/Colors 3/Columns {WIDTH}>>",
            zlib.compress(predicted(colour.tobytes(), 3 * WIDTH, 3)),
        ),
        "jpeg-grey": pdf(eight + "Gray/Filter/DCTDecode", saved(grey, format="JPEG", quality=60)),
        "jpeg-colour": pdf(eight + "RGB/Filter/DCTDecode", saved(colour, format="JPEG", quality=40)),
        "jpeg-progressive": pdf(eight + "RGB/Filter[/DCTDecode]", saved(colour, format="JPEG", progressive=True)),
        "jpeg-cmyk": pdf(eight + "CMYK/Decode[1 0 1 0 1 0 1 0]/Filter/DCTDecode", saved(colour.convert("CMYK"), format="JPEG")),
        "jpeg-in-flate": pdf(eight + "Gray/Filter[/FlateDecode/DCTDecode]", zlib.compress(saved(grey, format="JPEG"))),
        "jpeg-2000": pdf("/Filter/JPXDecode", saved(colour, format="JPEG2000", quality_mode="rates", quality_layers=[20])),
        "fax-4": pdf(one + "/Filter/CCITTFaxDecode" + parms, g4),
        "fax-3": pdf(one + f"/Filter/CCITTFaxDecode/DecodeParms<</K 0/EndOfLine true/Columns {WIDTH}/BlackIs1 true>>", fax(black, "group3")),
        "jbig2": pdf(one + "/Filter/JBIG2Decode", jbig2(fax(ImageChops.invert(black), "group4"))),
        "turned": pdf(eight + "Gray/Filter/DCTDecode", saved(grey.rotate(-90, expand=True).resize((WIDTH, HEIGHT)), format="JPEG"), turned),
    }


def main() -> None:
    folder = Path(sys.argv[1])
    names = []
    for name, data in scans().items():
        (folder / f"{name}.pdf").write_bytes(data)
        names.append(name)
    print(json.dumps(names))


if __name__ == "__main__":
    main()
