"""The agency's logo: shapes of an SVG, or a PNG; nothing from elsewhere, nothing that runs or grows."""

import struct
import zlib

import pytest

from pipgrants.errors import RefusedError
from pipgrants.letters.logo import LARGEST_BYTES, read_logo

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 2 1">{}</svg>'
SHAPES = (
    '<metadata><tool xmlns="urn:editor">kept by editors</tool></metadata>'
    '<defs><linearGradient id="g"><stop offset="0" stop-color="#036"/></linearGradient></defs>'
    '<rect width="2" height="1" fill="url(#g)"/><path d="M0 0L1 1z"/>'
)
HOSTILE = {
    "text": "<text>Agency</text>",
    "script": "<script>alert(1)</script>",
    "image elsewhere": '<image href="https://agency.example/logo.png"/>',
    "file": '<image href="file:///etc/passwd"/>',
    "foreign object": "<foreignObject/>",
    "use": '<use href="#g"/>',
    "filter": '<filter id="f"/>',
    "pattern": '<pattern id="p"/>',
    "mask": '<mask id="m"/>',
    "animation": '<animate attributeName="x"/>',
    "link": '<a href="https://agency.example"><path/></a>',
    "gradient elsewhere": '<linearGradient xlink:href="https://agency.example/g.svg#g"/>',
    "url elsewhere": '<rect fill="url(https://agency.example/g.svg#g)"/>',
    "quoted url": "<rect style=\"fill: URL( 'https://agency.example' )\"/>",
    "escaped url": r'<rect style="fill: \75rl(https://agency.example)"/>',
    "import": "<style>@import 'https://agency.example/a.css';</style>",
    "style elsewhere": "<style>rect { fill: url(//agency.example/a) }</style>",
}


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width=3, height=2):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress((b"\0" + b"\x10\x20\x30" * width) * height))
    return b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b"")


def refusal(folder):
    with pytest.raises(RefusedError) as refused:
        read_logo(folder)
    return refused.value.message


def test_templates_without_a_logo_have_none(tmp_path):
    assert read_logo(tmp_path) is None


def test_svg_of_shapes_and_gradients_is_kept_as_it_is(tmp_path):
    (tmp_path / "logo.svg").write_text(SVG.format(SHAPES), encoding="utf-8")
    assert read_logo(tmp_path) == SVG.format(SHAPES)


def test_png_is_wrapped_into_an_svg_of_its_size(tmp_path):
    (tmp_path / "logo.png").write_bytes(png())
    logo = read_logo(tmp_path)
    assert logo.startswith('<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><image width="3" height="2" ')
    assert 'href="data:image/png;base64,iVBORw0KGgo' in logo


@pytest.mark.parametrize("inside", HOSTILE.values(), ids=HOSTILE)
def test_svg_that_holds_more_than_shapes_is_refused(tmp_path, inside):
    (tmp_path / "logo.svg").write_text(SVG.format(inside), encoding="utf-8")
    assert refusal(tmp_path).startswith(f"{tmp_path / 'logo.svg'} cannot be the logo: ")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no drawing",
        b"<html/>",
        b'<svg viewBox="0 0 1 1"/>',
        b"\xff\xfe<",
        SVG.format("<path/>").encode("utf-16"),
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SVG.format("<path/>").encode(),
        b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + SVG.format("<path/>").encode(),
        SVG.format("<path/>").encode()[:-4],
    ],
)
def test_what_is_no_svg_is_refused(tmp_path, content):
    (tmp_path / "logo.svg").write_bytes(content)
    assert "cannot be the logo" in refusal(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n", png()[:-1], png() + b"x", png().replace(b"\x08", b"\x10", 1)]
)
def test_damaged_png_is_refused(tmp_path, content):
    (tmp_path / "logo.png").write_bytes(content)
    assert refusal(tmp_path).endswith("it is not a PNG image, or a damaged one")


def test_png_of_too_many_pixels_is_refused(tmp_path):
    (tmp_path / "logo.png").write_bytes(png(width=2_001, height=1))
    assert refusal(tmp_path).endswith("it has 2,001 by 1 pixels; at most 2,000 on each side")


def test_logo_of_too_many_bytes_is_refused(tmp_path):
    (tmp_path / "logo.svg").write_bytes(b" " * (LARGEST_BYTES + 1))
    assert refusal(tmp_path).endswith("it is larger than 150,000 bytes")


def test_two_logos_are_refused(tmp_path):
    (tmp_path / "logo.svg").touch()
    (tmp_path / "logo.png").touch()
    assert refusal(tmp_path) == f"{tmp_path} has logo.svg and logo.png"
