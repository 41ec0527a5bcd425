"""Guards of the shipped machines that name what they found: they alone decide, and without them it would be done."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.domain.operating_criteria import EXCEEDS_ENVELOPE
from pipgrants.errors import PipgrantsError
from pipgrants.reading import read_accepted
from pipgrants.services.rulebook import CALL_GUARDS, PreparedCase
from pipgrants.services.workspace import Workspace
from pipgrants.workflow.definition import Machine
from pipgrants.workflow.engine import Engine
from rounds import activate, application, approve, call_state, draft, edit, publish, tamper

MACHINE = Path(__file__).resolve().parents[2] / "workflows" / "machines" / "call.yaml"
CALL_MACHINE = read_accepted(MACHINE.read_text(encoding="utf-8"), Machine, file=MACHINE.name)
EVERYBODY = frozenset({"coordination_officer", "programme_manager"})
LAXER = DefinitionMistake("laxer.counterpart", "at least 0.5 of the proposal", "4.2", "counterpart.minimum_share")
TOO_MUCH = DefinitionMistake(EXCEEDS_ENVELOPE, "it exceeds what is left", "", "envelope_amount")
PREPARED = PreparedCase(actor="marcos", prepared_by="olga", call="pip", package="ab12" * 16, today=date(2026, 6, 22))

FOUND = [
    ("drafted", "authorise", "within_operating_criteria", PREPARED._replace(mistakes=[LAXER]), "clause 4.2"),
    ("drafted", "authorise", "within_envelope", PREPARED._replace(mistakes=[TOO_MUCH]), "it exceeds what is left"),
    (
        "screened",
        "close_scores",
        "nothing_undetermined_open",
        PREPARED._replace(unscreened=["P-1 (received)"]),
        "1 proposals wait for screening, or for the applicant's answer: P-1 (received)",
    ),
    (
        "screened",
        "close_scores",
        "all_scores_in",
        PREPARED._replace(unscored=[f"P-{place} (2 of 3)" for place in range(3, 10)]),
        "P-3 (2 of 3), P-4 (2 of 3), P-5 (2 of 3), P-6 (2 of 3), P-7 (2 of 3) ...",
    ),
    (
        "screened",
        "close_scores",
        "all_scores_in",
        PREPARED._replace(unagreed=["P-1"]),
        "1 eligible proposals lack a consensus, by which this call decides: P-1",
    ),
    (
        "scores_closed",
        "rank",
        "nothing_undetermined_open",
        PREPARED._replace(unscreened=["P-1 (received)"]),
        "1 proposals wait for screening",
    ),
    (
        "scores_closed",
        "rank",
        "draw_recorded",
        PREPARED._replace(undrawn=[["P-1", "P-2"]]),
        "1 group remains tied after every declared tie-break: P-1, P-2",
    ),
    (
        "prepared",
        "ratify",
        "package_unchanged",
        PREPARED._replace(changed=["the definitions"]),
        "package ab12ab12ab12 cannot be ratified: the definitions changed after it was prepared",
    ),
    ("released", "promote", "package_unchanged", PREPARED._replace(changed=["the ranking"]), "the ranking changed"),
]


def without(guard: str) -> Machine:
    ways = CALL_MACHINE.transitions
    kept = [replace(way, guards=tuple(name for name in way.guards if name != guard)) for way in ways]
    return replace(CALL_MACHINE, transitions=tuple(kept))


@pytest.mark.parametrize(("state", "trigger", "guard", "case", "told"), FOUND)
def test_guard_alone_refuses_what_was_found_and_names_it(
    state: str, trigger: str, guard: str, case: PreparedCase, told: str
) -> None:
    with pytest.raises(PipgrantsError) as refused:
        Engine(CALL_MACHINE, CALL_GUARDS).fire(state, trigger, case, roles=EVERYBODY)
    assert told in str(refused.value)
    assert "Next: " in str(refused.value)
    assert Engine(without(guard), CALL_GUARDS).fire(state, trigger, case, roles=EVERYBODY).transition.trigger == trigger


def test_refusal_for_the_operating_criteria_names_the_envelope_too() -> None:
    case = PREPARED._replace(mistakes=[LAXER, TOO_MUCH])
    with pytest.raises(PipgrantsError, match=r"(?s)clause 4\.2.*exceeds what is left.*never laxer"):
        Engine(CALL_MACHINE, CALL_GUARDS).fire("drafted", "authorise", case, roles=EVERYBODY)


# The acts leave it to the guards


@pytest.fixture
def unguarded(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose calls run by a machine that asks for nothing but another person."""
    monkeypatch.setattr("pipgrants.services.rulebook.DEMANDS", {})
    gone = ("within_operating_criteria, within_envelope", "nothing_undetermined_open, all_scores_in")
    edit(workspace, "machines", "call", {f", {gone[0]}]": "]", f"    guards: [{gone[1]}]\n": ""})
    edit(workspace, "machines", "call", {", package_unchanged, proposal_stage]": ", proposal_stage]"})
    return workspace


def test_without_the_guard_calls_exceed_the_envelope(unguarded: Workspace) -> None:
    activate(unguarded)
    edit(unguarded, "calls", "pip-one-stage", {"envelope_amount: 9000000": "envelope_amount: 28000000.01"})
    one, two = draft(unguarded, "pip-one-stage"), draft(unguarded, "pip-two-stage")
    approve(unguarded, two)
    approve(unguarded, one)
    assert call_state(unguarded) == "authorised"


def test_without_the_guard_scores_are_closed_before_they_are_in(unguarded: Workspace) -> None:
    round_ = publish(unguarded)
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    round_.close_scores()
    assert call_state(unguarded) == "scores_closed"


def test_without_the_guard_a_changed_package_is_ratified(unguarded: Workspace) -> None:
    round_ = publish(unguarded)
    round_.receive([application("A1")])
    package = round_.to_package({"A1": "5"})
    tamper(unguarded.folder, "UPDATE ranking_line SET total = '101' WHERE rank = 1")
    assert round_.ratify(package).determinations == {"award": 1}
