"""The agency's logo: ``logo.svg`` or ``logo.png`` among its templates, checked, and kept as SVG text.

An SVG may hold shapes and gradients, and nothing that is read from elsewhere, run, or drawn many times over. A PNG is
wrapped into an SVG as it is.
"""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from pipgrants.errors import RefusedError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LOGO = "logo.svg"
LARGEST_BYTES = 150_000
LARGEST_PIXELS = 2_000
"""On each side."""

_SVG = "{http://www.w3.org/2000/svg}"
_DRAWN = frozenset(
    (
        *("svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "clipPath"),
        *("linearGradient", "radialGradient", "stop", "style", "title", "desc", "metadata"),
    )
)
_ELSEWHERE = re.compile(r"@import|url\(\s*['\"]?(?!#)|\\", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"


def read_logo(folder: Path) -> str | None:
    """The logo of a folder of templates as SVG text; None where it has none. Raises RefusedError saying why not."""
    found = [path for path in (folder / LOGO, folder / "logo.png") if path.exists()]
    if not found:
        return None
    if len(found) > 1:
        raise RefusedError(f"{folder} has logo.svg and logo.png", next_step="keep one of them")
    (path,) = found
    if path.stat().st_size > LARGEST_BYTES:
        raise _refused(path, f"it is larger than {LARGEST_BYTES:,} bytes")
    content = path.read_bytes()
    return _checked_svg(path, content) if path.name == LOGO else _wrapped_png(path, content)


def _refused(path: Path, reason: str) -> RefusedError:
    return RefusedError(
        f"{path} cannot be the logo: {reason}",
        next_step="export it as plain SVG (text as paths, no images, no effects) or as PNG; without one, letters "
        "have a plain letterhead",
    )


def _checked_svg(path: Path, content: bytes) -> str:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content, forbid_dtd=True)
        text = content.decode("utf-8")
    except (ParseError, DefusedXmlException, UnicodeDecodeError, ValueError) as error:
        raise _refused(path, f"it is not well-formed SVG in UTF-8 without a DOCTYPE ({error})") from error
    if root.tag != f"{_SVG}svg":
        raise _refused(path, "it is not an SVG drawing")
    for element in root.iter():
        if reason := _objection(element):
            raise _refused(path, reason)
    return text


def _objection(element: Element) -> str:
    """Why an element cannot stand in a logo; those of other namespaces, which editors leave, draw nothing."""
    name = element.tag.removeprefix(_SVG)
    if element.tag.startswith(_SVG) and name not in _DRAWN:
        return f"<{name}> is not allowed; it holds shapes and gradients only"
    for attribute, value in element.attrib.items():
        if attribute.rpartition("}")[2] == "href" and not value.startswith("#"):
            return f"<{name}> refers to something outside of the file"
        if _ELSEWHERE.search(value):
            return f"{attribute!r} of <{name}> refers to something outside of the file"
    return f"<{name}> refers to something outside of the file" if _ELSEWHERE.search(element.text or "") else ""


def _wrapped_png(path: Path, content: bytes) -> str:
    if not content.startswith(_PNG) or not _is_whole(content):
        raise _refused(path, "it is not a PNG image, or a damaged one")
    width, height = (int.from_bytes(content[start : start + 4], "big") for start in (16, 20))
    if not (0 < width <= LARGEST_PIXELS and 0 < height <= LARGEST_PIXELS):
        raise _refused(path, f"it has {width:,} by {height:,} pixels; at most {LARGEST_PIXELS:,} on each side")
    data = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
    )


def _is_whole(png: bytes) -> bool:
    """Whether the chunks of a PNG follow each other from its header to its end, each with its check sum."""
    at, kinds = len(_PNG), []
    while at + 12 <= len(png):
        end = at + 8 + int.from_bytes(png[at : at + 4], "big")
        if zlib.crc32(png[at + 4 : end]) != int.from_bytes(png[end : end + 4], "big"):
            return False
        kinds.append(png[at + 4 : at + 8])
        at = end + 4
    return at == len(png) and kinds[:1] == [b"IHDR"] and kinds[-1:] == [b"IEND"]
