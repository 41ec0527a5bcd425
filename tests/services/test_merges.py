"""Parties merged by a recorded act: one applicant from then on, both numbers explained, and no word rewritten."""

from pathlib import Path
from typing import Any

import pytest

from pipgrants.domain.application import Application, Exclusion
from pipgrants.domain.vocabulary import PartyKind
from pipgrants.errors import RefusedError
from pipgrants.exchange.export import write_applications
from pipgrants.services import merges, parties, party_corrections, party_details
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.evaluation import close_scores
from pipgrants.services.found_conflicts import list_found_conflicts
from pipgrants.services.imports import import_applications
from pipgrants.services.merges import Merged, Separated
from pipgrants.services.people import list_actors
from pipgrants.services.views import show_package, show_proposal
from rounds import (
    AFTER_DRAW,
    CALL,
    EVALUATORS,
    SCORING,
    WHILE_OPEN,
    Round,
    application,
    as_,
    edit,
    open_workspace,
    publish,
    rows_of_tables,
)

KEPT, MERGED = "E-000001", "E-000007"
"""The leads of A1 and of A2, of six firms each."""


def unregistered(made: Application, name: str) -> Application:
    """An application whose lead gives another name, and no tax number."""
    lead = made.members[0]
    details = lead.details._replace(name=name, tax_number=None, tax_country=None)
    return made._replace(members=(lead._replace(details=details), *made.members[1:]))


def two() -> list[Application]:
    """A1 is led by Cooperativa San Juan, A2 by Coop. San Juan, which gave no tax number."""
    first = application("A1")
    lead = first.members[0]._replace(details=first.members[0].details._replace(name="Cooperativa San Juan"))
    return [first._replace(members=(lead, *first.members[1:])), unregistered(application("A2"), "Coop. San Juan")]


@pytest.fixture
def received(round_: Round) -> Round:
    round_.receive(two())
    return round_


def merge(round_: Round, kept: str = KEPT, merged: str = MERGED, reason: str = "Lo dijo la cooperativa") -> Merged:
    return merges.merge_parties(round_.workspace, as_("olga"), WHILE_OPEN, kept=kept, merged=merged, reason=reason)


def separate(round_: Round, party: str = MERGED) -> Separated:
    return merges.separate_party(round_.workspace, as_("olga"), WHILE_OPEN, party=party, reason="Eran dos")


def faults(round_: Round) -> tuple[Any, ...]:
    return verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults


def leads(round_: Round) -> dict[str, str]:
    with round_.workspace.read() as unit:
        return {row.reference: row.lead for row in unit.proposals.rows(CALL)}


def test_the_kept_party_leads_what_the_merged_one_led(received: Round) -> None:
    found = merge(received)
    assert found == Merged(
        KEPT,
        (MERGED,),
        (),
        (("name", "Coop. San Juan", "Cooperativa San Juan"), ("email", "a2-1@example.org", "a1-1@example.org")),
        ("PIP1-000001", "PIP1-000002"),
        (),
        (),
    )
    assert leads(received) == {"A1": KEPT, "A2": KEPT}
    view = show_proposal(received.workspace, "PIP1-000002")
    assert {line.party for line in (*(view.proposal.budget_lines or ()), *(view.proposal.counterpart_lines or ()))} == {
        KEPT
    }
    assert view.names[KEPT] == "Cooperativa San Juan"
    assert parties.show_party(received.workspace, MERGED).details.name == "Coop. San Juan"
    assert faults(received) == ()


def test_the_entry_says_who_stands_for_whom_and_why(received: Round) -> None:
    merge(received)
    [entry] = received.entries(act="PartyMerged")
    assert (entry["subject"], entry["reason"], entry["inputs"]["kept"]) == (
        f"party/{MERGED}",
        "Lo dijo la cooperativa",
        KEPT,
    )
    assert entry["inputs"]["party"]["number"] == KEPT
    assert "San Juan" not in str(entry)


def test_what_the_kept_party_lacks_is_supplied_as_an_application_would(round_: Round) -> None:
    round_.receive(two())
    found = merge(round_, kept=MERGED, merged=KEPT)
    assert found.supplied == ("tax_number",)
    details = parties.show_party(round_.workspace, MERGED).details
    assert (details.name, details.tax_country, details.tax_number) == ("Coop. San Juan", "HN", "A1-1")
    assert faults(round_) == ()


def test_applications_under_either_name_or_number_are_of_the_kept_party(received: Round) -> None:
    merge(received)
    first, second = two()
    received.receive([first._replace(reference="A3"), second._replace(reference="A4")])
    assert leads(received) == dict.fromkeys(("A1", "A2", "A3", "A4"), KEPT)
    assert faults(received) == ()


def test_whoever_acted_for_the_merged_party_acts_for_the_kept_one(received: Round) -> None:
    received.tie("A2")
    merge(received)
    assert {row.party for row in list_actors(received.workspace) if row.actor == "iris"} == {KEPT}
    assert faults(received) == ()


def test_who_is_excluded_under_a_merged_name_is_excluded(received: Round) -> None:
    merge(received)
    with received.workspace.act(as_("olga"), WHILE_OPEN) as act:
        act.unit.parties.replace_exclusions([Exclusion("Coop. San Juan", "Fraude")])
        assert act.unit.parties.excluded(WHILE_OPEN.date()) == {KEPT}


def test_a_merged_party_stands_for_itself_again_once_separated(received: Round) -> None:
    before = rows_of_tables(received.workspace.folder)
    merge(received)
    assert separate(received) == Separated(MERGED, KEPT, ("PIP1-000002",))
    after = rows_of_tables(received.workspace.folder)
    assert {name for name in after if after[name] != before[name]} == {"entry", "node"}
    assert leads(received) == {"A1": KEPT, "A2": MERGED}
    assert faults(received) == ()


def test_what_stood_for_a_merged_party_stands_for_the_last_one_kept(received: Round) -> None:
    received.receive([unregistered(application("A3"), "Cooperativa S. Juan")])
    merge(received, kept=MERGED, merged="E-000013")
    found = merge(received)
    assert found.merged == (MERGED, "E-000013")
    assert set(leads(received).values()) == {KEPT}
    assert faults(received) == ()
    separate(received)
    assert leads(received) == {"A1": KEPT, "A2": MERGED, "A3": KEPT}
    assert faults(received) == ()


@pytest.mark.parametrize(
    ("kept", "merged", "message"),
    [
        (KEPT, KEPT, "E-000001 is one party already"),
        (KEPT, "E-000002", "E-000001 and E-000002 have two tax numbers; one enterprise has one number"),
    ],
)
def test_what_is_one_or_two_already_is_not_merged(received: Round, kept: str, merged: str, message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        merge(received, kept, merged)


def test_a_party_that_was_merged_or_redacted_is_not_merged_again(received: Round) -> None:
    merge(received)
    with pytest.raises(RefusedError, match=f"{MERGED} was merged into {KEPT}"):
        merge(received, kept="E-000002", merged=MERGED)
    parties.redact(received.workspace, as_("olga"), WHILE_OPEN, party="E-000002", reason="Solicitud")
    with pytest.raises(RefusedError, match="E-000002 was redacted"):
        merge(received, merged="E-000002")


def test_a_merge_needs_a_reason(received: Round) -> None:
    with pytest.raises(RefusedError, match=r"PartyMerged of party/E-000007 sets aside .* needs a reason"):
        merge(received, reason=" ")
    with pytest.raises(RefusedError, match="E-000001 was not merged"):
        separate(received, KEPT)


def test_parties_of_one_tax_number_are_not_separated(received: Round) -> None:
    merge(received, kept=MERGED, merged=KEPT)
    with pytest.raises(RefusedError, match="have one tax number on record"):
        separate(received, KEPT)
    party_corrections.correct_party(
        received.workspace, as_("olga"), WHILE_OPEN, party=MERGED, reason="Error", facts={"tax_number": ""}
    )
    assert separate(received, KEPT).proposals == ("PIP1-000001",)
    assert faults(received) == ()


def test_redacting_the_kept_party_redacts_every_number_that_it_stands_for(received: Round) -> None:
    merge(received)
    for refused in (parties.redact, party_corrections.correct_party):
        with pytest.raises(RefusedError, match=f"{MERGED} was merged into {KEPT}"):
            given: dict[str, Any] = {"email": "otra@example.org"} if refused is not parties.redact else {}
            refused(received.workspace, as_("olga"), WHILE_OPEN, party=MERGED, reason="Aviso", **given)
    parties.redact(received.workspace, as_("olga"), WHILE_OPEN, party=KEPT, reason="Solicitud")
    assert {"San Juan", "a2-1@example.org"} & set(str(rows_of_tables(received.workspace.folder)).split("'")) == set()
    assert [parties.show_party(received.workspace, number).redacted_at is None for number in (KEPT, MERGED)] == [
        False,
        False,
    ]
    assert faults(received) == ()


def test_scores_do_not_close_before_merged_parties_are_screened_again(received: Round) -> None:
    received.screen()
    received.assign(evaluators=EVALUATORS)
    assert merge(received).calls == (CALL,)
    with pytest.raises(RefusedError, match=rf"PIP1-000001 \({KEPT} was merged after the screening\)"):
        close_scores(received.workspace, as_("olga"), SCORING, call=CALL)
    received.screen(SCORING)
    assert replay(received.workspace, as_("aldo"), AFTER_DRAW, call=CALL).differences == ()


def test_ties_to_a_merged_name_are_conflicts_with_the_kept_party(received: Round) -> None:
    received.screen()
    received.assign(evaluators=EVALUATORS)
    received.profile({"evaluator": "eva", "tie": "board", "organisation": "Cooperativa San Juan"}, now=SCORING)
    before = list_found_conflicts(received.workspace, CALL, SCORING)
    assert [(item.proposal, item.evaluator) for item in before] == [("PIP1-000001", "eva")]
    found = merge(received, kept=MERGED, merged=KEPT)
    assert found.conflicts == (
        f"eva in PIP1-000001 (conflict.board {MERGED})",
        f"eva in PIP1-000002 (conflict.board {MERGED})",
    )


def test_who_prepared_decisions_is_not_overtaken(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    given = {"name": "Taller A uno"}
    added = party_details.add_party(round_.workspace, as_("olga"), AFTER_DRAW, kind=PartyKind.ENTERPRISE, given=given)
    with pytest.raises(RefusedError, match=f"the package {package[:8]} awaits approval, and .* is of {KEPT}") as told:
        merge(round_, merged=added)
    assert told.value.next_step.startswith("let it be approved or sent back first")
    round_.ratify(package)
    assert merge(round_, merged=added).merged == (added,)
    assert faults(round_) == ()


def test_two_names_of_one_applicant_get_one_award(tmp_path: Path) -> None:
    """The call gives one award to an applicant: before the merge both would have had one."""
    workspace = open_workspace(tmp_path / "fund")
    edit(workspace, "calls", CALL, {"  reserve_count: 10": "  reserve_count: 10\n  one_award_per_applicant: true"})
    round_ = publish(workspace)
    round_.receive(two())
    merge(round_)
    package = round_.to_package({"A1": "5", "A2": "4"})
    lines = show_package(workspace, package).decisions
    assert [(line.proposal, line.outcome) for line in lines] == [
        ("PIP1-000001", "award"),
        ("PIP1-000002", "decline"),
    ]
    round_.ratify(package)
    assert replay(workspace, as_("aldo"), AFTER_DRAW, call=CALL).differences == ()
    assert faults(round_) == ()


def imported(round_: Round, tmp_path: Path, who: str, *applications: Application) -> tuple[Any, ...]:
    path = tmp_path / "applications.xlsx"
    write_applications(applications, path)
    return import_applications(round_.workspace, as_(who), WHILE_OPEN, call=CALL, path=path).warnings


def test_an_import_tells_what_may_be_on_record_and_merges_nothing(round_: Round, tmp_path: Path) -> None:
    first, second = two()
    round_.receive([first])
    [warning] = imported(round_, tmp_path, "olga", second)
    assert (warning.code, warning.field, warning.line, warning.value) == (
        "import.possible_duplicate",
        "Members.name",
        2,
        "Coop. San Juan",
    )
    assert warning.message == (
        "E-000007 may be E-000001 on record, Cooperativa San Juan; pipgrants party duplicates lists both, and "
        "pipgrants party merge makes one of them"
    )
    assert leads(round_) == {"A1": KEPT, "A2": MERGED}
    [pair] = merges.list_duplicates(round_.workspace)
    assert (pair.one.number, pair.other.number) == (KEPT, MERGED)
    merge(round_)
    assert merges.list_duplicates(round_.workspace) == []


def test_an_implementing_agency_is_not_told_who_is_on_record(round_: Round, tmp_path: Path) -> None:
    first, second = two()
    round_.receive([first, second._replace(reference="A0")])
    round_.numbers["A2"] = round_.numbers["A0"]
    round_.tie("A2")
    other = unregistered(application("A3"), "Coop. San Juan")
    second = other.members[1]
    details = second.details._replace(name="Cooperativa San Juann", tax_number=None, tax_country=None)
    given = other._replace(members=(other.members[0], second._replace(details=details), *other.members[2:]))

    def told(who: str) -> set[str]:
        warnings = imported(round_.copy(tmp_path / who), tmp_path, who, given)
        return {dict(item.values)["other"] for item in warnings if item.code == "import.possible_duplicate"}

    assert (told("iris"), told("olga")) == (set(), {KEPT, MERGED})
