"""Which mentions of papers are of the same paper, whatever their applicants call it.

1. A paper whose file is known is its bytes.
2. Papers are alike that one issuer gave on the same day for the same amount; where neither is said, those that their
   applicants call by the same name. Papers alike are the same, unless the files of all are known and differ.

An identity is ``paper:LIKENESS/MARK``: papers that are alike share the likeness, and the mark tells them apart in one
application. The mark of a paper whose file is known is ``sha256:`` with the hash of its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pipgrants.domain.application import match_name
from pipgrants.domain.proposal import Evidence

BYTES = "sha256:"


def identity(paper: Evidence, seal: Callable[[str, str], str | None]) -> str:
    """The identity of a paper as an application mentions it; ``seal`` makes a salted hash of a text under a name."""
    mark = f"{BYTES}{paper.sha256}" if paper.sha256 else seal(match_name(paper.issuer), match_name(paper.identity))
    return f"paper:{_likeness(paper, seal)}/{mark}"


def with_bytes(identity: str, sha256: str) -> str:
    """The identity of a paper whose file has become known."""
    return f"{identity.partition('/')[0]}/{BYTES}{sha256}"


def same_papers(identities: Iterable[str]) -> dict[str, str]:
    """By identity, one that is common to all that stand for the same paper; which one does not depend on the order."""
    found = sorted(set(identities))
    groups: dict[str, list[str]] = {}
    for name in found:
        likeness, _, mark = name.partition("/")
        groups.setdefault(likeness, []).append(name)
        if mark.startswith(BYTES):
            groups.setdefault(mark, []).append(name)
    same = {name: name for name in found}
    for key, names in groups.items():
        if len(names) > 1 and (key.startswith(BYTES) or not all(f"/{BYTES}" in name for name in names)):
            first, *others = sorted({_common(same, name) for name in names})
            same.update(dict.fromkeys(others, first))
    return {name: _common(same, name) for name in found}


def _likeness(paper: Evidence, seal: Callable[[str, str], str | None]) -> str | None:
    if paper.issued_on is None and paper.committed_amount is None:
        return seal(match_name(paper.issuer), match_name(paper.identity))
    amount = "" if paper.committed_amount is None else format(paper.committed_amount.normalize(), "f")
    return seal(match_name(paper.issuer), f"{paper.kind} {paper.issued_on or ''} {amount}")


def _common(same: Mapping[str, str], name: str) -> str:
    while same[name] != name:
        name = same[name]
    return name
