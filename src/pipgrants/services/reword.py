"""Rewording a call: today's templates in the place of those that it keeps, prepared and approved by another person.

Rules and dates of the call stay. Letters that wait for release are made from the new templates; what was released
stays as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from pipgrants.errors import DefinitionError, Problem, RefusedError
from pipgrants.letters.check import check_templates
from pipgrants.letters.templates import read_sources
from pipgrants.services.definitions import call_engine, definitions_of, templates_definition, terms_of
from pipgrants.services.packages import PackageKind, prepare, refuse_changed
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.calls import DefinitionRow
from pipgrants.store.packages import PackageRow
from pipgrants.trail.entry import Deed


class PreparedRewording(NamedTuple):
    """What was prepared: the hash of the package to approve, and the files of templates that differ."""

    package: str
    files: tuple[str, ...]


def sound_templates(workspace: Workspace) -> DefinitionRow:
    """Today's templates, for a call to keep. Raises DefinitionError listing every mistake, file and line."""
    templates = templates_definition(workspace)
    mistakes = _mistakes(templates.content)
    if mistakes:
        raise DefinitionError(
            "no call can keep these templates:",
            mistakes,
            next_step="correct what is named, then see whether anything is left: pipgrants letters check",
        )
    return templates


@lru_cache(maxsize=2)
def _mistakes(content: str) -> tuple[Problem, ...]:
    """What ``letters check`` finds in templates; every letter is made, and the same templates come again."""
    return check_templates(json.loads(content), read_sources(shipped("templates")))


def reword_call(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, reason: str, dry_run: bool = False
) -> PreparedRewording:
    """Prepares the rewording of a call on record, whatever its state.

    Raises RefusedError where the call is not authorised yet, or keeps these templates already, and DefinitionError with
    every mistake of the letters.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms, calls = terms_of(act.unit.calls, call), act.unit.calls
        act.permit("call.reword", terms.programme.stands_in)
        if terms.row.state == call_engine(calls, terms.row).definition.initial:
            raise RefusedError(
                f"{call} is not authorised yet; drafting it again takes up today's templates",
                next_step="pipgrants call draft FILE",
            )
        templates = sound_templates(workspace)
        files = _differing(calls.definition(terms.row.templates_hash).content, templates.content)
        if not files:
            raise RefusedError(
                f"{call} keeps these templates already", next_step="change them in templates/ of the workspace first"
            )
        calls.store_definitions([templates])
        package = prepare(
            act,
            PackageKind.REWORDING,
            programme=terms.row.programme,
            call=call,
            stage=None,
            definitions={**definitions_of(terms.row), "templates": templates.hash},
            inputs=terms.row.templates_hash,
            facts={"files": list(files), "reason": reason},
        )
    return PreparedRewording(package, files)


def _differing(before: str, after: str) -> tuple[str, ...]:
    old, new = json.loads(before), json.loads(after)
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def adopt_rewording(act: Act, package: PackageRow, content: Mapping[str, Any]) -> None:
    """Puts approved templates in force, for the letters that wait as for those to come."""
    terms = terms_of(act.unit.calls, str(package.call))
    refuse_changed(package, {"the templates": terms.row.templates_hash == content["inputs"]})
    row = terms.row._replace(templates_hash=content["definitions"]["templates"])
    act.unit.calls.redefine(row)
    letters = act.unit.letters.reword(row.call, row.templates_hash)
    inputs: dict[str, object] = {"package": package.hash, "letters": letters, **act.signature}
    reason = content["facts"]["reason"]
    definitions = definitions_of(row)
    act.record(
        Deed("CallReworded", f"call/{row.call}", reason=reason, inputs=inputs, definitions=definitions, call=row.call)
    )
