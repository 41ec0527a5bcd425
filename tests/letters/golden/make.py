"""Makes the golden letters anew: ``python tests/letters/golden/make.py``. Look at every page that changes.

``KIND.LANG.txt`` is the letter as text, ``KIND.LANG.png`` its pages side by side, in few colours, to be looked at.
``digests.txt`` holds the SHA-256 of each PDF and of its pages as Typst exports them, ``RENDERER.txt`` the versions.
"""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from golden_letters import DATED, GOLDEN, MADE_WITH, RECORD, golden_documents, shipped_layout, shipped_templates
from pipgrants.letters.layout import to_text

DOTS_PER_INCH = 72
COLOURS = (
    *("ffffff", "f1f5fa", "fff6ea", "dfe4ea", "c3cad4", "8d96a3", "4d5868", "1a2230"),
    *("000000", "0b3d6e", "5b7ea0", "a3b6cb", "6d2f00", "b08a6c", "e0cdbd", "2b3342"),
)
"""Those of the layout, and some between them and white."""


def main() -> None:
    """Writes every golden file."""
    layout, digests = shipped_layout(), []
    for (kind, language), document in golden_documents(shipped_templates()).items():
        name = f"{kind}.{language}"
        pages = layout.pages(document, DOTS_PER_INCH)
        (GOLDEN / f"{name}.txt").write_text(to_text(document), encoding="utf-8")
        side_by_side(pages).save(GOLDEN / f"{name}.png", optimize=True)
        digests += [
            f"{hashlib.sha256(layout.render(document, RECORD, DATED)).hexdigest()}  {name}.pdf",
            f"{hashlib.sha256(b''.join(pages)).hexdigest()}  {name}.png",
        ]
    (GOLDEN / "digests.txt").write_text("\n".join(digests) + "\n", encoding="utf-8")
    (GOLDEN / "RENDERER.txt").write_text(f"{MADE_WITH}\n", encoding="utf-8")


def side_by_side(pages: Sequence[bytes]) -> Image.Image:
    """The pages of a letter as one image in the colours of the layout."""
    images = [Image.open(io.BytesIO(page)).convert("RGB") for page in pages]
    width, height = images[0].size
    sheet = Image.new("RGB", (width * len(images), height), "white")
    for number, image in enumerate(images):
        sheet.paste(image, (number * width, 0))
    palette = Image.new("P", (1, 1))
    palette.putpalette(bytes.fromhex("".join(COLOURS)))
    return sheet.quantize(palette=palette, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main()
