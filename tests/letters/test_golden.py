"""Every kind of letter in every language, as it was looked at: its text, and the bytes of its PDF and of its pages.

After a wanted change: ``python tests/letters/golden/make.py``, then look at every page that changed.
"""

import hashlib

import pytest

from golden_letters import DATED, EVERY, GOLDEN, MADE_WITH, RECORD, golden_documents, shipped_layout
from pipgrants.letters.layout import to_text

DOTS_PER_INCH = 72


@pytest.fixture(scope="module")
def documents(templates):
    return golden_documents(templates)


@pytest.fixture(scope="module")
def layout():
    return shipped_layout()


@pytest.fixture(scope="module")
def digests():
    recorded, installed = (GOLDEN / "RENDERER.txt").read_text().strip(), MADE_WITH
    if recorded != installed:
        pytest.skip(f"golden pages were made with {recorded}, here is {installed}; make them anew and look at them")
    lines = (GOLDEN / "digests.txt").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_letter_reads_as_its_golden_text(documents, kind, language):
    golden = (GOLDEN / f"{kind}.{language}.txt").read_text(encoding="utf-8")
    assert to_text(documents[kind, language]) == golden


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_letter_is_set_as_its_golden_pages(documents, layout, digests, kind, language):
    document, name = documents[kind, language], f"{kind}.{language}"
    pdf, pages = layout.render(document, RECORD, DATED), layout.pages(document, DOTS_PER_INCH)
    assert hashlib.sha256(b"".join(pages)).hexdigest() == digests[f"{name}.png"]
    assert hashlib.sha256(pdf).hexdigest() == digests[f"{name}.pdf"]


def test_every_golden_file_is_of_a_letter():
    found = {path.name for path in GOLDEN.glob("*.*.*")}
    assert found == {f"{kind}.{language}.{suffix}" for kind, language in EVERY for suffix in ("txt", "png")}
