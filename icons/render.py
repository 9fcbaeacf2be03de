#!/usr/bin/env python3
"""Renders icon.svg (48 px and more) and icon-small.svg (below) into every file that Tauri bundles.

Needs rsvg-convert (Debian: librsvg2-bin) and Pillow. Run it by hand after changing an SVG; the results are committed.
"""

import io
import subprocess
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
SMALL_BELOW = 48  # pixels: below this the scallops and the nib's slit turn to mud, so the plainer drawing is used

PNG = {
    "32x32.png": 32,
    "64x64.png": 64,
    "128x128.png": 128,
    "128x128@2x.png": 256,
    "icon.png": 512,
    "Square30x30Logo.png": 30,
    "Square44x44Logo.png": 44,
    "Square71x71Logo.png": 71,
    "Square89x89Logo.png": 89,
    "Square107x107Logo.png": 107,
    "Square142x142Logo.png": 142,
    "Square150x150Logo.png": 150,
    "Square284x284Logo.png": 284,
    "Square310x310Logo.png": 310,
    "StoreLogo.png": 50,
}


def main() -> None:
    for name, size in PNG.items():
        render(size).save(HERE / name, optimize=True)
    sizes = [16, 24, 32, 48, 64, 256]
    layers = [render(size) for size in sizes]
    layers[-1].save(HERE / "icon.ico", sizes=[(s, s) for s in sizes], append_images=layers[:-1])
    render(1024).save(HERE / "icon.icns", append_images=[render(s) for s in (16, 32, 64, 128, 256, 512)])


def render(size: int) -> Image.Image:
    """One square RGBA picture of `size` pixels."""
    source = HERE / ("icon-small.svg" if size < SMALL_BELOW else "icon.svg")
    png = subprocess.run(
        ["rsvg-convert", "-w", str(size), "-h", str(size), str(source)], check=True, capture_output=True
    ).stdout
    return Image.open(io.BytesIO(png)).convert("RGBA")


if __name__ == "__main__":
    main()
