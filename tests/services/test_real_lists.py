"""Public lists imported and screened as calls: the counts that are known from the lists themselves."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from pipgrants.domain.calendar import closes_at_utc
from pipgrants.services import calls, imports, notices, programmes, ratify, screen
from pipgrants.services.definitions import terms_of
from pipgrants.services.imports import ImportOutcome
from pipgrants.services.workspace import Workspace
from rounds import BEFORE_OPENING, as_, open_workspace


def run_list(
    workspace: Workspace, programme: str, call: str, path: Path, mapping: str, file: str = ""
) -> ImportOutcome:
    """Publishes a call, imports a list into it on the last day, and screens it."""
    with workspace.read() as unit:
        is_new = unit.calls.find_programme(programme) is None
    if is_new:
        drafted = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=programme)
        ratify.ratify(workspace, as_("marcos"), BEFORE_OPENING, package=drafted.package)
    prepared = calls.draft_call(workspace, as_("olga"), BEFORE_OPENING, file=file or call)
    ratify.ratify(workspace, as_("marcos"), BEFORE_OPENING, package=prepared.package)
    notices.publish_call(workspace, as_("olga"), BEFORE_OPENING, call=call)
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
        closes_at = closes_at_utc(terms.call.window, terms.call.time_zone)
    outcome = imports.import_applications(workspace, as_("olga"), closes_at, call=call, path=path, mapping=mapping)
    screen.screen(workspace, as_("olga"), closes_at + timedelta(days=1), call=call)
    return outcome


def verdicts(workspace: Workspace, call: str, criterion: str) -> Counter[str]:
    """The verdicts that the screening entries of a call hold on one criterion."""
    found: Counter[str] = Counter()
    with workspace.read() as unit:
        for entry in unit.ledger.entries(call=call):
            for finding in orjson.loads(entry.content)["findings"]:
                found[finding["verdict"]] += finding["criterion"] == criterion
    return +found


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "ws")


def test_denmark_has_61_grants_above_half_of_the_budget(workspace: Workspace, shared_data: Path) -> None:
    path = shared_data / "real" / "dk_erdf_esf_2007-2013.csv"
    outcome = run_list(workspace, "danish-structural-funds", "danish-structural-funds", path, "denmark")
    assert (outcome.rows_read, len(outcome.received.numbers), outcome.received.problems) == (598, 598, ())
    assert verdicts(workspace, "danish-structural-funds", "grant.maximum_share") == {"met": 537, "not_met": 61}
    assert verdicts(workspace, "danish-structural-funds", "counterpart") == {"met": 537, "not_met": 61}
    with workspace.read() as unit:
        assert unit.proposals.state_counts("danish-structural-funds") == {"eligible": 537, "screened_out": 61}


def redefined(workspace: Workspace, call: str, old: str, new: str) -> str:
    """A shipped call with one passage changed, as a file of the agency's own."""
    text = workspace.file("workflows", f"calls/{call}.yaml").read_text()
    assert old in text
    path = workspace.folder / f"{call}.yaml"
    path.write_text(text.replace(old, new))
    return str(path)


def test_denmark_has_362_consortia_of_three_different_entities(workspace: Workspace, shared_data: Path) -> None:
    rule = "    rule:\n      none_of:\n        - is_true: members.any_excluded\n"
    file = redefined(workspace, "danish-structural-funds", rule, "    rule:\n      count_of:\n        at_least: 3\n")
    path = shared_data / "real" / "dk_erdf_esf_2007-2013.csv"
    outcome = run_list(workspace, "danish-structural-funds", "danish-structural-funds", path, "denmark", file)
    assert verdicts(workspace, "danish-structural-funds", "prerequisite.not_excluded") == {"met": 362, "not_met": 236}
    repeated = {warning.line for warning in outcome.warnings if warning.code == "import.lead_repeated_as_partner"}
    assert len(repeated) == 32


def test_denmark_has_4_grants_above_half_with_a_tolerance_of_a_cent(workspace: Workspace, shared_data: Path) -> None:
    old = "  maximum_share: 0.50\ncounterpart:\n"
    new = "  maximum_share: 0.50\n  tolerance_amount: 0.01\ncounterpart:\n"
    file = redefined(workspace, "danish-structural-funds", old, new)
    path = shared_data / "real" / "dk_erdf_esf_2007-2013.csv"
    run_list(workspace, "danish-structural-funds", "danish-structural-funds", path, "denmark", file)
    assert verdicts(workspace, "danish-structural-funds", "grant.maximum_share") == {"met": 594, "not_met": 4}


def test_ecsel_consortia_are_all_territorial_initiatives(workspace: Workspace, shared_data: Path) -> None:
    outcome = run_list(workspace, "structural-funds", "ecsel", shared_data / "real" / "ecsel_projects.csv", "ecsel")
    assert len(outcome.received.numbers) == 96
    assert verdicts(workspace, "ecsel", "prerequisite.three_entities") == {"met": 96}


def test_ecsel_consortia_of_private_and_public_bodies_are_9(workspace: Workspace, shared_data: Path) -> None:
    file = redefined(
        workspace,
        "ecsel",
        "        - count_of:\n            at_least: 3\n        - count_of:\n            at_least: 1\n"
        "            member_type: [enterprise]\n        - count_of:\n            at_least: 1\n"
        "            member_type: [knowledge_institution]\n",
        "        - count_of:\n            at_least: 1\n            member_type: [enterprise]\n"
        "        - count_of:\n            at_least: 1\n            member_type: [public_body]\n",
    )
    path = shared_data / "real" / "ecsel_projects.csv"
    outcome = run_list(workspace, "structural-funds", "ecsel", path, "ecsel", file)
    assert verdicts(workspace, "ecsel", "prerequisite.three_entities") == {
        "met": 9,
        "not_met": 86,
        "undetermined": 1,
    }
    assert [warning.code for warning in outcome.warnings if warning.value == "PRC;PRC"] == ["import.undetermined"] * 2


def test_lithuania_keeps_its_own_states_and_three_verdicts(workspace: Workspace, shared_data: Path) -> None:
    path = shared_data / "real" / "lt_esif_applications_2016-06-16.csv"
    outcome = run_list(workspace, "structural-funds", "lithuania", path, "lithuania")
    assert len(outcome.received.numbers) == 1509
    with workspace.read() as unit:
        batches = unit.proposals.batches("lithuania", "EUR", frozenset())
        states = Counter(proposal.source_state for batch in batches for _, proposal in batch)
    assert sorted(states.values()) == [56, 398, 493, 562]
    assert verdicts(workspace, "lithuania", "prerequisite.grant_within_half") == {
        "met": 583,
        "not_met": 630,
        "undetermined": 296,
    }
