"""Definitions as agencies may spoil them: whatever a file says, checking it answers, or refuses with what is wrong."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipgrants import reading
from pipgrants.domain.vocabulary import LetterKind
from pipgrants.errors import DefinitionError, PipgrantsError, RefusedError
from pipgrants.services.amend import amend_call
from pipgrants.services.audit.verify import verify
from pipgrants.services.calls import check_file, end_call
from pipgrants.services.definitions import file_definition
from pipgrants.services.machines import check_workflows
from pipgrants.services.moves import letter_kind
from pipgrants.services.notices import describe_call
from pipgrants.services.programmes import examine_programme
from pipgrants.services.rulebook import vocabulary
from pipgrants.services.status import call_status
from pipgrants.services.workspace import Workspace
from pipgrants.workflow.demands import DEMANDS, Demand
from pipgrants.workflow.engine import Fired
from pipgrants.workflow.loader import load
from rounds import CALL, FUND, WHILE_OPEN, Round, approve, as_, edit, publish

TODAY = date(2026, 1, 12)

HOSTILE = (
    *("", "~", " ", "0", "-1", "200", "1e9", "NaN", "0." + "0" * 36 + "1", "9" * 40, "999999999", "0.0000000001"),
    *("9999-12-31", "0001-01-01", "2026-02-30", "9999-12-31 23:59", "2099-12-31 23:59", "1950-01-01 00:00"),
    *("true", "usd", "CLP", "es", "fr", "proposal", "profile", "grant", "criterion:x", "../x", "Mars/Phobos", "\u202e"),
    *("a@b", "{{ 1 }}", "{% x %}", "members.count", "proposal.total_amount", "monday", "<b>", "x" * 5_000),
    *({}, [], [""], {"": ""}, {"es": ""}, [{}], {"all_of": []}, {"at_least": {"fact": "members.count", "value": "1"}}),
)
"""What no shipped definition has in most of its places."""


def places(value, path=()):
    """Every path into a definition."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


class WrittenOut(yaml.CSafeDumper):
    """Writes what stands in several places in each of them."""

    def ignore_aliases(self, data):
        return True


@st.composite
def spoiled(draw, folder):
    """The text of a shipped definition with one to three of its places changed, removed or repeated."""
    file = draw(st.sampled_from(sorted(folder.glob("*.yaml"))))
    definition = yaml.load(file.read_text(encoding="utf-8"), yaml.CBaseLoader)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([path for path in places(definition) if path]))
        parent = definition
        for key in path[:-1]:
            parent = parent[key]
        how = draw(st.sampled_from(["change", "change", "remove", "repeat"]))
        if how == "change":
            parent[path[-1]] = deepcopy(draw(st.sampled_from(HOSTILE) | st.text(max_size=8)))
        elif how == "remove":
            del parent[path[-1]]
        elif isinstance(parent, list):
            parent.append(deepcopy(parent[path[-1]]))
    return yaml.dump(definition, Dumper=WrittenOut, allow_unicode=True)


WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
ANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@ANY
@given(text=spoiled(WORKFLOWS / "calls"))
def test_checking_a_spoiled_call_raises_nothing_but_what_it_says(workspace: Workspace, text: str) -> None:
    file = workspace.folder / "spoiled.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        describe_call(workspace, str(file), None)
        check_file(workspace, str(file))
    except PipgrantsError as error:
        assert error.message


@ANY
@given(text=spoiled(WORKFLOWS / "programmes"))
def test_checking_a_spoiled_programme_raises_nothing_but_what_it_says(workspace: Workspace, text: str) -> None:
    file = workspace.folder / "spoiled.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        examine_programme(file_definition(workspace, "programme", str(file)), TODAY)
    except PipgrantsError as error:
        assert error.message


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(machine=spoiled(WORKFLOWS / "machines"), call=spoiled(WORKFLOWS / "calls"), data=st.data())
def test_checking_all_workflows_raises_nothing(workspace: Workspace, machine: str, call: str, data) -> None:
    names = sorted(path.name for path in (WORKFLOWS / "machines").glob("*.yaml"))
    (workspace.folder / "workflows" / "machines" / data.draw(st.sampled_from(names))).write_text(machine, "utf-8")
    (workspace.folder / "workflows" / "calls" / "spoiled.yaml").write_text(call, "utf-8")
    for problem in check_workflows(TODAY, workspace):
        assert problem.message


def said(workspace: Workspace) -> list[str]:
    folder = workspace.folder / "workflows"
    return [
        f"{Path(problem.file).relative_to(folder)}:{problem.line}: {problem.field}: {problem.message}"
        for problem in check_workflows(TODAY, workspace)
    ]


def line_of(workspace: Workspace, kind: str, name: str, text: str) -> int:
    content = (workspace.folder / "workflows" / kind / f"{name}.yaml").read_text(encoding="utf-8")
    return content[: content.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("  tie_breaks: [priority]", "  tie_breaks: [beauty]", "clause 5.5", "unknown tie-break 'beauty'"),
        ("envelope_amount: 9000000", "envelope_amount: 100", "envelope_amount", "pays no grant"),
        ("  minimum_share: 0.50", "  minimum_share: 0.40", "clause 4.2", "the call has 0.4 of the proposal"),
        ("  of: proposal", "  of: grant", "clause 4.2", "write of: proposal"),
        ("programme: competitiveness-fund", "programme: nobodys-fund", "programme", "there is no programme"),
        ("      5:\n", "      99:\n", "clause 5.1", "an anchor is a mark of its scale"),
    ],
)
def test_contradiction_of_a_call_is_told_with_its_line(
    workspace: Workspace, old: str, new: str, place: str, words: str
) -> None:
    edit(workspace, "calls", CALL, {old: new})
    (problem,) = said(workspace)
    assert problem.startswith(f"calls/{CALL}.yaml:{line_of(workspace, 'calls', CALL, new)}: {place}: ")
    assert words in problem


def test_unknown_key_and_unreadable_value_hide_no_laxer_clause(workspace: Workspace) -> None:
    changes = {
        "  minimum_share: 0.50": "  minimum_share: 0.40",
        "  minimum_amount: 20000": "  minimum_amount: many",
        "window:\n": "colour: red\nwindow:\n",
    }
    edit(workspace, "calls", CALL, changes)
    fields = [problem.split(": ")[1] for problem in said(workspace)]
    assert sorted(fields) == ["clause 4.2", "colour", "grant.minimum_amount"]
    with pytest.raises(DefinitionError) as refused:
        check_file(workspace, CALL)
    assert sorted(problem.field for problem in refused.value.problems) == sorted(fields)


def test_what_follows_from_an_unreadable_value_is_not_told(workspace: Workspace) -> None:
    edit(workspace, "calls", CALL, {"  minimum_share: 0.50": "  minimum_share: half"})
    assert [problem.split(": ")[1] for problem in said(workspace)] == ["counterpart.minimum_share"]


def test_contradiction_of_a_programme_is_told_with_its_line(workspace: Workspace) -> None:
    edit(workspace, "programmes", FUND, {"    designated_on: 2024-09-02": "    designated_on: 2098-09-02"})
    line = line_of(workspace, "programmes", FUND, "    designated_on: 2098")
    assert said(workspace) == [
        f"programmes/{FUND}.yaml:{line}: tiers.management.designated_on: tiers.management.designated_on is 2098-09-02, "
        "which is still to come (today is 2026-01-12)"
    ]


def test_two_calls_of_one_name_or_prefix_are_told(workspace: Workspace) -> None:
    folder = workspace.folder / "workflows" / "calls"
    text = (folder / f"{CALL}.yaml").read_text(encoding="utf-8")
    (folder / "zzz.yaml").write_text(text, encoding="utf-8")
    told = f"in {CALL}.yaml already; every"
    assert said(workspace) == [
        f"calls/zzz.yaml:2: call: call is '{CALL}' {told} call is another",
        f"calls/zzz.yaml:3: number_prefix: number_prefix is 'PIP1' {told} number_prefix is another",
    ]


def test_machine_that_a_call_runs_by_is_missed(workspace: Workspace) -> None:
    (workspace.folder / "workflows" / "machines" / "proposal_two_stage.yaml").unlink()
    assert said(workspace) == [
        f"calls/{call}.yaml:{line_of(workspace, 'calls', call, 'stages: [')}: stages: it runs by the machine "
        "proposal_two_stage, and there is no machines/proposal_two_stage.yaml"
        for call in ("horizon-europe-two-stage", "pip-two-stage")
    ]


@pytest.mark.parametrize("name", sorted(path.stem for path in (WORKFLOWS / "machines").glob("proposal*.yaml")))
def test_transition_without_the_letter_that_an_act_sends_is_refused(name: str) -> None:
    """Such a machine is refused before it is stored; one stored before it would be is refused, not stumbled over."""
    machine = load(WORKFLOWS / "machines" / f"{name}.yaml", vocabulary(name))
    withdrawal = next(item for item in machine.transitions if item.trigger == "withdraw")
    assert letter_kind(Fired("received", "withdrawn", withdrawal)) is LetterKind.WITHDRAWAL
    with pytest.raises(RefusedError, match="names no letter for withdraw"):
        letter_kind(Fired("received", "withdrawn", replace(withdrawal, letter=None)))


# What is on record was accepted by the rules of its day


@pytest.fixture
def older(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Round:
    """A published call whose address is none by the bounds of today."""
    edit(workspace, "calls", CALL, {"email: calls@competitiveness-fund.example": "email: mesa@fondo"})
    with monkeypatch.context() as then:
        then.setattr(reading._Reader, "_bounded", lambda self, node, kinds, at: self.convert(node, kinds[0], at))
        return publish(workspace)


def end(round_: Round) -> None:
    end_call(round_.workspace, as_("marcos"), WHILE_OPEN, call=CALL, trigger="cancel", reason="Sin fondos")


def test_call_that_was_accepted_before_a_bound_came_goes_on(older: Round) -> None:
    assert call_status(older.workspace, CALL).state == "published"
    end(older)
    assert verify(older.workspace, as_("aldo"), WHILE_OPEN).faults == ()


def test_call_that_was_accepted_before_a_bound_came_is_amended_by_a_file_that_keeps_to_it(older: Round) -> None:
    edit(older.workspace, "calls", CALL, {"closes_at: 2026-03-31 17:00": "closes_at: 2026-04-15 17:00"})
    with pytest.raises(DefinitionError) as refused:
        amend_call(older.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Feriado")
    assert [problem.field for problem in refused.value.problems] == ["contact.email"]
    edit(older.workspace, "calls", CALL, {"email: mesa@fondo": "email: mesa@fondo.example"})
    approve(older.workspace, amend_call(older.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Feriado").package)
    assert call_status(older.workspace, CALL).state == "extended"


def test_call_goes_on_by_the_machine_it_was_drafted_with_whatever_is_demanded_since(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = publish(workspace)
    monkeypatch.setitem(DEMANDS["call"], "cancel", Demand(("CallCancelled",), ("closes_in_future",)))
    end(round_)
    assert call_status(workspace, CALL).state == "cancelled"
