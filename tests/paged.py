"""Reads a report's page as a person does: its words in order, and the data of each figure by its title."""

from html.parser import HTMLParser
from pathlib import Path

UNSEEN = {"style", "title", "desc"}


class Page(HTMLParser):
    """What a page holds: elements with their attributes, text in reading order, and tables by what labels them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._open: list[str] = []
        self._rows: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag not in {"meta", "path", "use"}:
            self._open.append(tag)
        if attributes.get("role") == "region":
            self._rows = self.tables.setdefault(str(attributes["aria-label"]).removeprefix("Data: "), [])
        if tag == "tr":
            self._rows.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in {"th", "td"}:
            self._rows[-1].append(data.strip())
        elif inside not in UNSEEN and data.strip():
            self.texts.append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def read_page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))
