"""Packages: what one person prepares is stored with the hash of all it rests on, for another person to approve."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from pipgrants.domain.vocabulary import Stage
from pipgrants.services.refusals import changed_package
from pipgrants.services.workspace import Act
from pipgrants.store.packages import PackageLine, PackageRow
from pipgrants.trail.canonical import canonical, digest
from pipgrants.trail.entry import Deed, instant_text

PACKAGE_PREPARED = "PackagePrepared"
"""The act under which the trail holds who prepared a package."""
PACKAGE_RETURNED = "PackageReturned"
"""The act that sends a package back."""


OPTIMUM, ROBUSTNESS, CONFLICTS = TOLD_IN_ENTRY = ("optimum", "robustness", "conflicts")
"""The facts of a package that its entry tells, too, for no replay finds them anew.

They are a selection, shares of weights, and the conflicts of interest found since the scores were closed.
"""


class PackageKind(StrEnum):
    """What can wait for approval."""

    PROGRAMME = "programme"
    AUTHORISATION = "authorisation"
    AMENDMENT = "amendment"
    REWORDING = "rewording"
    INVITATION = "invitation"
    ALLOCATION = "allocation"
    PROMOTION = "promotion"
    APPEAL = "appeal"


def decision_kind(stage: Stage) -> PackageKind:
    """The kind of the package with the decisions of a stage."""
    return PackageKind.INVITATION if stage is Stage.PROFILE else PackageKind.ALLOCATION


def prepare(
    act: Act,
    kind: PackageKind,
    *,
    programme: str,
    call: str | None,
    stage: Stage | None,
    definitions: Mapping[str, str],
    inputs: str,
    facts: Mapping[str, object],
    lines: Sequence[PackageLine] = (),
) -> str:
    """Stores a package and its entry, and returns its hash.

    ``inputs`` is the hash of everything the package was computed from; ``facts`` are plain values shown to the one who
    approves; ``lines`` come in proposal order. An earlier package of the same kind that still waits is set aside.
    """
    content = package_content(
        kind,
        programme=programme,
        call=call,
        stage=stage,
        definitions=definitions,
        inputs=inputs,
        facts=facts,
        lines=hash_lines(lines),
    )
    package = digest(content)
    act.unit.packages.supersede(programme, call, kind.value)
    row = PackageRow(
        hash=package,
        kind=kind.value,
        programme=programme,
        call=call,
        stage=stage.value if stage else None,
        state="prepared",
        prepared_by=act.actor.actor,
        prepared_at=instant_text(act.now),
        content=canonical(content),
    )
    act.unit.packages.add(row, lines)
    named = {name: content[name] for name in ("kind", "programme", "call", "stage", "inputs", "lines")}
    act.record(
        Deed(
            PACKAGE_PREPARED,
            f"package/{package}",
            call=call,
            inputs={"package": package, **named, **told_in_entry(facts)},
            definitions=definitions,
        )
    )
    return package


def told_in_entry(facts: Mapping[str, object]) -> dict[str, object]:
    """The facts of a package that its entry tells, too."""
    return {name: facts[name] for name in TOLD_IN_ENTRY if name in facts}


def package_content(
    kind: PackageKind,
    *,
    programme: str,
    call: str | None,
    stage: Stage | None,
    definitions: Mapping[str, str],
    inputs: str,
    facts: Mapping[str, object],
    lines: str,
) -> dict[str, object]:
    """What a package says, whose hash names it; ``lines`` is the hash of its determinations."""
    return {
        "kind": kind.value,
        "programme": programme,
        "call": call,
        "stage": stage.value if stage else None,
        "definitions": dict(definitions),
        "inputs": inputs,
        "lines": lines,
        "facts": dict(facts),
    }


def changed_since(still: Mapping[str, bool]) -> list[str]:
    """What of a package's ground no longer stands."""
    return [what for what, stands in still.items() if not stands]


def refuse_changed(package: PackageRow, still: Mapping[str, bool]) -> None:
    """Raises RefusedError naming what of a package's ground no longer stands as it did when it was prepared."""
    if changed := changed_since(still):
        raise changed_package(package.hash, changed)


def hash_lines(lines: Iterable[PackageLine]) -> str:
    """The hash of the determinations proposed, given in proposal order."""
    hasher = hashlib.sha256()
    for line in lines:
        head = f"{line.proposal}\x1f{line.rank}\x1f{line.outcome}\x1f{line.amount_minor}\x1f"
        hasher.update(head.encode() + line.detail + b"\x1e")
    return hasher.hexdigest()
