"""Makes docs/picture/report.png: the first page of the demo's report, as Chromium shows it.

    cargo run --release -- run audits/demo.yaml --exit-zero
    python3 docs/picture/make.py [path of chromium]

Needs Chromium and Pillow, which reduces the picture to 64 colours. Nothing is drawn by hand: what stands
in the picture stands in out/demo/report.html.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

from PIL import Image

PROJECT = pathlib.Path(__file__).resolve().parents[2]
REPORT = PROJECT / "out/demo/report.html"
PICTURE = PROJECT / "docs/picture/report.png"
WIDTH, HEIGHT = 1200, 1350
LARGEST = 300_000


def chromium() -> str:
    """The browser that was named, or one that is on the path."""
    if len(sys.argv) > 1:
        return sys.argv[1]
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    sys.exit("Chromium is not here: name it as the first argument")


def main() -> None:
    if not REPORT.exists():
        sys.exit(f"{REPORT} is not there: run the demo first")
    with tempfile.TemporaryDirectory() as folder:
        shot = pathlib.Path(folder) / "shot.png"
        subprocess.run(
            [
                chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--hide-scrollbars", f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},{HEIGHT}",
                f"--screenshot={shot}", REPORT.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        picture = Image.open(shot).convert("RGB")
        few = picture.quantize(colors=64, dither=Image.Dither.NONE)
        few.save(PICTURE, optimize=True)
    size = PICTURE.stat().st_size
    if size > LARGEST:
        sys.exit(f"{PICTURE} has {size} bytes, at most {LARGEST} are meant for the README")
    print(f"{PICTURE.relative_to(PROJECT)}: {picture.width} x {picture.height}, {size} bytes")


if __name__ == "__main__":
    main()
