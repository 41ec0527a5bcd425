"""Reads a report's page as a person does: its words in order, and the data of each figure by its title."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

UNSEEN = {"style", "title", "desc"}


class Page(HTMLParser):
    """What a page holds: elements with their attributes, text in reading order, and tables by what labels them.

    ``drawn`` is the text inside charts, ``alternatives`` are their titles and descriptions.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.drawn: list[str] = []
        self.alternatives: list[str] = []
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
            self._rows = self.tables.setdefault(str(attributes["aria-label"]).partition(": ")[2], [])
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
        elif inside in {"title", "desc"} and "svg" in self._open:
            self.alternatives.append(data.strip())
        elif inside not in UNSEEN and data.strip():
            (self.drawn if "svg" in self._open else self.texts).append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def read_page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def faults(page: Page) -> list[str]:
    """What would keep a screen reader from telling the page: language, landmarks, headings, tables, pictures, names."""
    tags = [tag for tag, _ in page.elements]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    named = [str(attributes["id"]) for _, attributes in page.elements if "id" in attributes]
    pointed = {
        name
        for _, attributes in page.elements
        for key in ("aria-labelledby", "aria-describedby")
        for name in str(attributes.get(key, "")).split()
    }
    found = {
        "no language": len(page.all("html")) == 1 and bool(page.all("html")[0].get("lang")),
        "a landmark is missing": [tags.count(name) for name in ("header", "main", "footer")] == [1, 1, 1],
        "not one first heading": levels[:1] == [1] and levels.count(1) == 1,
        "a heading is skipped": all(below <= above + 1 for above, below in pairwise(levels)),
        "a head without scope": all(item.get("scope") in {"col", "row"} for item in page.all("th")),
        "a table without heads": all(rows and all(rows[0]) for rows in page.tables.values()),
        "a table that nothing names": tags.count("table") == len(page.tables),
        "a figure without caption": tags.count("figure") == tags.count("figcaption"),
        "a picture without role": all(item.get("role") == "img" for item in page.all("svg")),
        "a picture without words": len([text for text in page.alternatives if text]) == 2 * tags.count("svg"),
        "a name that stands twice": len(named) == len(set(named)),
        "a name that nothing has": pointed <= set(named),
    }
    return [fault for fault, is_sound in found.items() if not is_sound]
