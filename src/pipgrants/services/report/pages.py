"""How a report becomes a file: one HTML page, or a PDF of the same data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from pipgrants.errors import RefusedError, UsageError
from pipgrants.letters.pdf import FAMILIES
from pipgrants.paths import refuse_existing, written_whole
from pipgrants.reports.page import Report, to_html
from pipgrants.reports.pdf import to_pdf

PDF = ".pdf"
PACKAGES = {".html": {"matplotlib": "report"}, PDF: {"matplotlib": "report", "typst": "pdf"}}
"""What each kind of file needs, and the extra that brings it."""


def refuse_unwritable(out: Path) -> None:
    """Raises RefusedError where a package is not installed or the file exists already, UsageError for another kind."""
    if out.suffix not in PACKAGES:
        raise UsageError(
            f"{out} is neither an HTML nor a PDF file", next_step=f"name a file that ends in {' or '.join(PACKAGES)}"
        )
    for package, extra in PACKAGES[out.suffix].items():
        if find_spec(package) is None:
            raise RefusedError(
                f"this report needs the package {package}", next_step=f"pip install 'pipgrants[{extra}]'"
            )
    refuse_existing(out)


def write_page(report: Report, out: Path, fonts: Sequence[Path], now: datetime) -> int:
    """Writes a report as the kind of file that the name asks for, a PDF dated now; returns its bytes."""
    page = to_pdf(report, fonts, FAMILIES, now) if out.suffix == PDF else to_html(report).encode()
    with written_whole(out) as path:
        path.write_bytes(page)
    return len(page)
