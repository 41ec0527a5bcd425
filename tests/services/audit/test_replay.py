"""A call derived again from its entries: identical, or every difference named."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from eventful import play, without_letter
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import NotAuthorisedError, NotFoundError, TrailIntegrityError
from pipgrants.services.audit.differences import Difference
from pipgrants.services.audit.replay import Derived, Replayed, replay
from pipgrants.services.workspace import DATABASE, Workspace
from pipgrants.store.guards import GUARDS
from pipgrants.trail.canonical import canonical
from pipgrants.trail.verify import leaf_hash
from rounds import AFTER_DRAW, CALL, Round, application, as_, hash_of_tables
from staged import two_stages

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def played(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return play(published.copy(tmp_path_factory.mktemp("played") / "agency"))


@pytest.fixture
def altered(played: Round, tmp_path: Path) -> "Altered":
    return Altered(played.copy(tmp_path / "agency"))


class Altered:
    """A round whose entries somebody changes past the program, hashes and all."""

    def __init__(self, round_: Round) -> None:
        self.round = round_
        self.folder = round_.workspace.folder

    def run(self, statement: str, *values: object) -> int:
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection, connection:
            for name in GUARDS:
                connection.execute(f"DROP TRIGGER IF EXISTS {name}")
            return connection.execute(statement, values).rowcount

    def change(self, act: str, reference: str | None, change: Change, place: int = 0) -> int:
        """Changes what an entry of a proposal, or of the call, says; returns its sequence."""
        subject = f"proposal/{self.round.numbers[reference]}" if reference else None
        found = [entry for entry in self.round.entries(act=act) if subject in (None, entry["subject"])]
        entry = found[place]
        change(entry)
        content = canonical(entry)
        sequence: int = entry["sequence"]
        values = (content, leaf_hash(content), sequence)
        assert self.run("UPDATE entry SET content = ?, leaf_hash = ? WHERE sequence = ?", *values) == 1
        return sequence

    def replay(self) -> Replayed:
        return replay(self.round.workspace, as_("aldo"), AFTER_DRAW, call=self.round.call)

    def differences(self) -> list[Difference]:
        return list(self.replay().differences)

    def said(self) -> list[tuple[str, str, str]]:
        """What differs, without the values: act, reference of the proposal, field."""
        names = {f"proposal/{number}": name for name, number in self.round.numbers.items()}
        return [(item.act, names.get(item.subject, item.subject), item.field) for item in self.differences()]


def run(round_: Round) -> Replayed:
    return replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=round_.call)


# Identical


def test_a_round_is_derived_again_identically(played: Round) -> None:
    found = run(played)
    assert (found.state, found.stage, found.differences) == ("released", Stage.PROPOSAL, ())
    assert found.derived == Derived(
        receipts=14,
        findings=15 * 19,
        lapses=1,
        draws=1,
        assignments=2,
        scores=8 * 8,
        ranks=8,
        packages=2,
        determinations=12,
    )
    assert found.entries_count == len(played.acts())


def test_a_round_in_two_stages_is_derived_again_identically(staffed: Workspace, tmp_path: Path) -> None:
    found = run(two_stages(staffed, tmp_path / "agency"))
    assert (found.state, found.stage, found.differences) == ("ratified", Stage.PROPOSAL, ())
    assert (found.derived.determinations, found.derived.packages, found.derived.lapses) == (4, 2, 1)


def test_a_call_that_is_not_decided_is_derived_as_far_as_it_got(round_: Round) -> None:
    round_.receive([application("A1"), without_letter("A2")])
    assert run(round_).derived.receipts == 2
    round_.screen()
    found = run(round_)
    assert (found.state, found.derived.findings, found.derived.determinations) == ("screened", 30, 0)
    assert found.differences == ()


STATE_TABLES = (
    "member",
    "budget_line",
    "counterpart_line",
    "objective",
    "evidence",
    "evidence_settlement",
    "evaluation",
    "exclusion",
    "draw",
    "ranking_line",
    "package_line",
    "package",
    "letter",
    "proposal",
    "party",
)


def test_no_table_of_the_state_is_read(altered: Altered) -> None:
    for table in STATE_TABLES:
        assert altered.run(f"DELETE FROM {table}") > 0
    found = altered.replay()
    assert (found.differences, found.derived.determinations) == ((), 12)


def test_a_replay_writes_nothing_but_its_line_in_the_access_log(played: Round) -> None:
    folder = played.workspace.folder
    before = hash_of_tables(folder)
    run(played)
    assert hash_of_tables(folder) == before
    last = orjson.loads((folder / "access.log").read_text().splitlines()[-1])
    assert (last["did"], last["subject"], last["actor"]) == ("audit.replay", f"call/{CALL}", "aldo")


# What differs


def business_ideas(entry: dict[str, Any]) -> None:
    entry["inputs"]["marks"]["business_ideas"] = "0"


def counterpart(entry: dict[str, Any]) -> None:
    entry["inputs"]["application"]["counterpart_lines"][0][3] = "90000.00"


def no_enterprises(entry: dict[str, Any]) -> None:
    for member in entry["inputs"]["application"]["members"][:2]:
        member[2] = "knowledge_institution"


def in_time(entry: dict[str, Any]) -> None:
    entry["inputs"]["application"]["received_at"] = "2026-03-02T15:00:00.000000Z"


def three_days_later(entry: dict[str, Any]) -> None:
    entry["at"] = "2026-04-09T15:00:00.000000Z"


def nobody_debarred(entry: dict[str, Any]) -> None:
    entry["inputs"]["excluded"] = []


def other_numbers(entry: dict[str, Any]) -> None:
    entry["inputs"]["numbers"]["Powerball"] = [7, 8, 9, 10, 11, 12]


def other_amount(entry: dict[str, Any]) -> None:
    entry["inputs"]["amount"] = "1.00"


def other_verdict(entry: dict[str, Any]) -> None:
    entry["findings"][0]["verdict"] = "not_met"


def by_the_same_person(entry: dict[str, Any]) -> None:
    entry["actor"] = "olga"


ONE_VALUE: list[tuple[str, str, Change, list[tuple[str, str, object, object]]]] = [
    (
        "ProposalReceived",
        "low counterpart",
        counterpart,
        [
            ("ProposalScreened", "findings.counterpart.seen.amount", "80000.00", "90000.00"),
            ("ProposalScreened", "findings.counterpart.seen.cash_amount", "80000.00", "90000.00"),
            ("ProposalScreened", "findings.counterpart.seen.share", "0.4000", "0.4500"),
            ("ProposalDetermined", "inputs.reasons.1.values.seen.amount", "80000.00", "90000.00"),
            ("ProposalDetermined", "inputs.reasons.1.values.seen.cash_amount", "80000.00", "90000.00"),
            ("ProposalDetermined", "inputs.reasons.1.values.seen.share", "0.4000", "0.4500"),
        ],
    ),
    (
        "ProposalReceivedLate",
        "late",
        in_time,
        [
            ("ProposalReceivedLate", "act", "ProposalReceivedLate", "ProposalReceived"),
            ("ProposalReceivedLate", "to", "late", "received"),
        ],
    ),
    ("ProposalDetermined", "tied", other_amount, [("ProposalDetermined", "inputs.amount", "1.00", "100000.00")]),
    (
        "ProposalScreened",
        "tied",
        other_verdict,
        [("ProposalScreened", "findings.prerequisite.project_type.verdict", "not_met", "met")],
    ),
]


@pytest.mark.parametrize(("act", "reference", "change", "expected"), ONE_VALUE, ids=[row[1] for row in ONE_VALUE])
def test_what_differs_is_named_with_both_values(
    altered: Altered, act: str, reference: str, change: Change, expected: list[tuple[str, str, object, object]]
) -> None:
    altered.change(act, reference, change)
    subject = f"proposal/{altered.round.numbers[reference]}"
    found = [item for item in altered.differences() if not item.subject.startswith("package/")]
    assert [(item.act, item.field, item.recorded, item.derived) for item in found] == expected
    assert {item.subject for item in found} == {subject}


def test_a_difference_names_the_entry_that_says_otherwise(altered: Altered) -> None:
    sequence = altered.change("ProposalDetermined", "answered", other_amount)
    assert [item.entry for item in altered.differences()] == [sequence]


def test_a_changed_mark_names_the_criterion_and_the_total(altered: Altered) -> None:
    sequence = altered.change("ProposalScored", "answered", business_ideas)
    found = [item for item in altered.differences() if item.subject.startswith("proposal/")]
    assert [(item.act, item.field, item.recorded, item.derived) for item in found] == [
        ("ProposalsRanked", "by_criterion.business_ideas", "3.5", "7/3"),
        ("ProposalsRanked", "total", "70", "66.5"),
    ]
    assert {item.entry > sequence for item in found} == {True}


def test_changed_marks_name_every_place_they_move(altered: Altered) -> None:
    for place in range(3):
        altered.change("ProposalScored", "answered", business_ideas, place)
    moved = [(name, field) for act, name, field in altered.said() if act == "ProposalsRanked" and field == "rank"]
    assert moved == [("answered", "rank"), ("fulfilled", "rank")]
    decided = {name for act, name, field in altered.said() if field == "inputs.outcome"}
    assert decided == {"answered"}


def test_a_changed_member_changes_the_finding_where_it_led_and_who_is_ranked(altered: Altered) -> None:
    altered.change("ProposalReceived", "condition", no_enterprises)
    told = {(act, name, field) for act, name, field in altered.said() if name == "condition"}
    assert ("ProposalScreened", "condition", "findings.prerequisite.minimum_enterprises.verdict") in told
    assert ("ProposalScreened", "condition", "to") in told
    assert ("ProposalsRanked", "condition", "rank") in told
    assert ("ProposalDetermined", "condition", "inputs.outcome") in told


def test_other_numbers_make_another_draw(altered: Altered) -> None:
    altered.change("DrawEntered", None, other_numbers)
    found = altered.differences()
    assert (found[0].field, found[0].recorded, found[0].derived) == (
        "inputs.key",
        "1.2.3.4.5.6./1.2.3.4.5.6.7./",
        "7.8.9.10.11.12./1.2.3.4.5.6.7./",
    )
    drawn = {name for act, name, field in altered.said() if act == "ProposalsRanked" and field == "rank"}
    assert drawn == {"tied", "also tied"}


def test_a_debarred_party_left_out_changes_its_finding(altered: Altered) -> None:
    altered.change("CallScreened", None, nobody_debarred)
    told = altered.said()
    assert ("ProposalScreened", "debarred", "findings.prerequisite.not_excluded.verdict") in told
    assert told[-1] == ("ProposalScreened", "debarred", "entry")


def test_another_day_of_release_changes_the_time_to_answer(altered: Altered) -> None:
    altered.change("LetterReleased", "lapsed", three_days_later, place=1)
    (found,) = altered.differences()
    assert (found.act, found.field, found.recorded, found.derived) == (
        "LetterReleased",
        "inputs.release.answer_until",
        "2026-04-21",
        "2026-04-24",
    )


def test_another_day_of_screening_changes_what_lapsed(altered: Altered) -> None:
    altered.change("CallScreened", None, three_days_later, place=2)
    found = [item for item in altered.differences() if item.subject == f"proposal/{altered.round.numbers['lapsed']}"]
    assert [(item.act, item.field, item.recorded, item.derived) for item in found] == [
        ("ClarificationLapsed", "entry", "screened_out", None),
        ("ProposalDetermined", "entry", "ineligible", None),
    ]


def test_who_prepared_cannot_have_determined(altered: Altered) -> None:
    altered.change("ProposalDetermined", "tied", by_the_same_person)
    altered.change("AllocationRatified", None, by_the_same_person)
    found = altered.differences()
    assert {item.field for item in found} == {"to", "refused"}
    assert "who prepared it cannot approve it" in str(found[1].derived)


def test_a_screening_that_is_not_on_record_is_missed(altered: Altered) -> None:
    last = altered.round.entries()[-1]["sequence"]
    lost = altered.round.entries(act="ProposalScreened")[0]
    assert altered.run("DELETE FROM entry WHERE sequence = ?", lost["sequence"]) == 1
    first = altered.differences()[0]
    began = altered.round.entries(act="CallScreened")[0]["sequence"]
    assert (first.entry, first.subject, first.field) == (began, lost["subject"], "entry")
    assert (first.recorded, first.derived) == (None, "eligible")
    assert last > lost["sequence"]


def test_a_decision_outside_its_act_is_not_derived(altered: Altered) -> None:
    sequence = altered.round.entries(act="AllocationRatified")[0]["sequence"]
    assert altered.run("DELETE FROM entry WHERE sequence = ?", sequence) == 1
    found = altered.differences()
    assert [(item.act, item.field, item.derived) for item in found] == [("ProposalDetermined", "entry", None)] * 12


def test_a_package_that_waits_names_the_determinations_that_differ(
    packaged_round: tuple[Round, str], tmp_path: Path
) -> None:
    altered = Altered(packaged_round[0])
    altered.change("ProposalScored", "A2", business_ideas)
    altered.change("ProposalScored", "A2", business_ideas, 1)
    told = [(name, field) for act, name, field in altered.said() if act == "PackagePrepared"]
    assert ("A2", "outcome") in told
    assert {name for name, field in told if field == "reasons.1.values.left.amount"} == {"A3"}


# What cannot be derived


def test_a_stored_definition_that_was_changed_is_refused(altered: Altered) -> None:
    statement = (
        "UPDATE definition SET content = replace(content, 'minimum_total: 60', 'minimum_total: 50') WHERE name = ?"
    )
    assert altered.run(statement, CALL) == 1
    with pytest.raises(TrailIntegrityError, match="the stored call pip-one-stage was changed"):
        altered.replay()


def test_an_entry_that_cannot_be_read_is_named(altered: Altered) -> None:
    def no_amount(entry: dict[str, Any]) -> None:
        entry["inputs"]["application"]["total_amount"] = "a lot"

    sequence = altered.change("ProposalReceived", "tied", no_amount)
    with pytest.raises(TrailIntegrityError, match=rf"entry {sequence} \(ProposalReceived\).*cannot be read"):
        altered.replay()


def test_a_call_that_is_not_on_record_is_not_found(played: Round) -> None:
    with pytest.raises(NotFoundError, match="there is no call 'nowhere'"):
        replay(played.workspace, as_("aldo"), AFTER_DRAW, call="nowhere")


def test_an_applicant_does_not_replay(played: Round) -> None:
    with pytest.raises(NotAuthorisedError, match=r"audit replay is for"):
        replay(played.workspace, as_("iris"), AFTER_DRAW, call=CALL)
