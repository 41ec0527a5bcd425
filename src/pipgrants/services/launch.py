"""The launch of a project: what the firms agree on of each component, and management's approval of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from pipgrants.domain.accounts import Movement
from pipgrants.domain.launch_validation import validated_budget, validated_tranches, validation_mistakes
from pipgrants.domain.monitoring.project_framework import change_mistakes
from pipgrants.domain.project import LaunchValidation, granted
from pipgrants.errors import RefusedError
from pipgrants.money import EXACT
from pipgrants.reading import read_source
from pipgrants.services.deadlines import local_day
from pipgrants.services.framework_changes import framework_after, put_framework
from pipgrants.services.group import LAUNCH_VALIDATED, standing_firms
from pipgrants.services.monitored_project import FRAMEWORK, monitored
from pipgrants.services.project_facts import PROJECT, Moved, ProjectFacts, facts_of, fire_project, record_move
from pipgrants.services.projects import plan_as_plain, plan_from_plain, put_plan, read_checked, refuse_future
from pipgrants.services.segregation import refuse_who_prepared
from pipgrants.services.states import destinations
from pipgrants.services.workspace import Act, Identity, Workspace


def validate_launch(
    workspace: Workspace, who: Identity, now: datetime, *, project: str, path: Path, dry_run: bool = False
) -> LaunchValidation:
    """Writes down what becomes of each component, with the firms that agree; management approves it.

    Raises DefinitionError listing everything in the file that does not fit the project, RefusedError once money moved.
    """
    text = read_source(path)
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        fired = fire_project(act, facts, "validate")
        validation = _read_validation(facts, text, path.name)
        refuse_future(validation.held_on, act, facts, path.name)
        tranches = validated_tranches(facts.money.tranches, validation)
        budget = validated_budget(facts.money.lines, validation)
        framework = framework_after(facts, text, path.name, [item.line for item in budget])
        if framework is not None:
            act.unit.calls.store_definitions([framework])
        hashes = {} if framework is None else {FRAMEWORK: framework.hash}
        proposed = {**plan_as_plain(facts, budget, tranches), **hashes}
        inputs = {"validation": _as_plain(validation), "proposed": proposed}
        record_move(act, facts, fired, inputs=inputs, definitions=hashes)
    return validation


def _read_validation(facts: ProjectFacts, text: str, file: str) -> LaunchValidation:
    framework = monitored(facts).framework
    firms = standing_firms(facts)
    return read_checked(
        text,
        LaunchValidation,
        file,
        lambda validation: chain(
            validation_mistakes(
                validation,
                facts.money.lines,
                facts.money.tranches,
                firms,
                facts.accounts.award_amount,
                facts.terms.call.counterpart,
                facts.currency,
            ),
            change_mistakes(validation, framework),
        ),
    )


def _as_plain(validation: LaunchValidation) -> dict[str, object]:
    return {
        "held_on": validation.held_on.isoformat(),
        "minutes": validation.minutes,
        "agreed_by": list(validation.agreed_by),
        "left": list(validation.left),
        "components": [[item.component, item.change, item.reason] for item in validation.components],
    }


def launch(workspace: Workspace, who: Identity, now: datetime, *, project: str, dry_run: bool = False) -> Moved:
    """Launches a project, by the validation that waits for approval or, where none is mandatory, as it was designed.

    What the validation leaves of the award is free again. Raises RefusedError where a validation is mandatory and none
    was made, and for whoever prepared what is approved.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        facts = facts_of(act.unit, project)
        fired = fire_project(act, facts, "launch")
        refuse_who_prepared(act, PROJECT + project)
        if fired.source not in destinations(facts.engine.definition, "validate"):
            return record_move(act, facts, fired)
        validated = _validated(act, project)
        budget, tranches = plan_from_plain(validated["proposed"])
        spare = EXACT.subtract(facts.accounts.award_amount, granted(item.line for item in budget))
        moved: dict[Movement, Decimal] = {Movement.RELEASED: spare} if spare else {}
        inputs = {**put_plan(act, facts, budget, tranches), **put_framework(act, project, validated["proposed"])}
        columns = {"validated_on": local_day(now, facts.terms.call).isoformat()}
        return record_move(act, facts, fired, inputs=inputs, columns=columns, moved=moved, told=_told(validated))


def _validated(act: Act, project: str) -> Mapping[str, Any]:
    """What the entry of the validation that waits for approval says."""
    entries = act.unit.ledger.entries(subject=PROJECT + project)
    found = [orjson.loads(entry.content)["inputs"] for entry in entries if entry.act == LAUNCH_VALIDATED]
    if not found:
        raise RefusedError(
            f"no launch validation of {project} is on record", next_step=f"pipgrants project validate {project} FILE"
        )
    last: Mapping[str, Any] = found[-1]
    return last


def _told(validated: Mapping[str, Any]) -> dict[str, object]:
    """What becomes of each component, as a letter tells it."""
    names = ("component", "change", "reason")
    return {"components": [dict(zip(names, item, strict=True)) for item in validated["validation"]["components"]]}
