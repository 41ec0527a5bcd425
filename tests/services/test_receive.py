"""Receiving: in time to the minute, one number for each party, one entry for each application, all or none."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest

from pipgrants.domain.application import Application
from pipgrants.domain.proposal import Evidence
from pipgrants.domain.vocabulary import EvidenceKind, PriorityGroup, SizeClass
from pipgrants.errors import ImportRefusedError, NotAuthorisedError, RefusedError
from pipgrants.exchange.applications import LocatedApplication
from pipgrants.exchange.problems import Place
from pipgrants.services import answers, calls, receive
from pipgrants.services.audit.verify import verify
from pipgrants.trail.sealing import seal
from rounds import AFTER_DEADLINE, AFTER_DRAW, SOURCE, WHILE_OPEN, Round, application, as_, hash_of_tables

OPENING = datetime(2026, 1, 12, 15, 0, tzinfo=UTC)
"""09:00 in Tegucigalpa."""
DEADLINE = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
"""17:00 in Tegucigalpa: the last minute that counts."""
SECOND = timedelta(seconds=1)


def received_at(reference: str, instant: datetime) -> Application:
    return application(reference)._replace(received_at=instant)


def same_paper(reference: str, committed: str | None = None) -> Application:
    """An application whose counterpart rests on one commitment letter of the municipality, shared with others."""
    return pledging(reference, Evidence("Oficio 14-2026", EvidenceKind.COMMITMENT_LETTER, "Alcaldía de Comayagua"))


def pledging(reference: str, paper: Evidence) -> Application:
    """An application whose counterpart rests on a paper."""
    made = application(reference)
    lines = tuple(line._replace(evidence=paper.identity) for line in made.counterpart_lines)
    return made._replace(counterpart_lines=lines, evidence=(paper, *made.evidence[1:]))


def received(
    round_: Round, file: list[Application], now: datetime = WHILE_OPEN, *, accept_valid: bool = False
) -> receive.Received:
    """What an import says of a form whose applications begin in row 3, as do their members and papers."""
    place = Place("form.xlsx", "proposals")
    located = {
        made.reference: LocatedApplication(
            made,
            place._replace(row=row),
            {
                **{("members", m.key): Place("form.xlsx", "members", 10 * row + n) for n, m in enumerate(made.members)},
                **{("evidence", paper.identity): Place("form.xlsx", "evidence", row) for paper in made.evidence},
            },
        )
        for row, made in enumerate(file, 3)
    }
    return receive.receive_applications(
        round_.workspace,
        as_("olga"),
        now,
        call=round_.call,
        applications=file,
        source=SOURCE,
        places=located,
        accept_valid=accept_valid,
    )


def dated_too_late() -> Application:
    """An application with a consent and a design of 2 March 2026, and a paper of 1 March."""
    made = application("A1")
    first, *others = made.members
    return made._replace(
        members=(first._replace(details=first.details._replace(data_consent_on=date(2026, 3, 2))), *others),
        evidence=(made.evidence[0]._replace(issued_on=date(2026, 3, 1)), made.evidence[1]),
        design_on=date(2026, 3, 2),
    )


# The deadline


@pytest.mark.parametrize(
    ("instant", "state"),
    [
        (OPENING, "received"),
        (DEADLINE - SECOND, "received"),
        (DEADLINE, "received"),
        (DEADLINE + 59 * SECOND, "received"),
        (DEADLINE + timedelta(seconds=59, microseconds=999_999), "received"),
        (DEADLINE + 60 * SECOND, "late"),
        (DEADLINE + timedelta(days=2), "late"),
    ],
)
def test_the_deadline_is_exact_to_the_minute(round_: Round, instant: datetime, state: str) -> None:
    round_.receive([received_at("A1", instant)], AFTER_DEADLINE)
    assert round_.state("A1") == state


def test_who_is_late_is_told_so(round_: Round) -> None:
    done = receive.receive_applications(
        round_.workspace,
        as_("olga"),
        AFTER_DEADLINE,
        call=round_.call,
        applications=[received_at("A1", DEADLINE), received_at("A2", DEADLINE + 60 * SECOND)],
        source=SOURCE,
    )
    round_.numbers.update(done.numbers)
    assert (done.late_count, done.letters_count) == (1, 2)
    assert [round_.letter_kinds(reference) for reference in ("A1", "A2")] == [["receipt"], ["late"]]
    assert [entry["act"] for entry in round_.entries()[-2:]] == ["ProposalReceived", "ProposalReceivedLate"]


def test_who_is_late_is_neither_screened_nor_decided(round_: Round) -> None:
    round_.receive([received_at("A1", DEADLINE), received_at("A2", DEADLINE + 60 * SECOND)], AFTER_DEADLINE)
    ratified = round_.ratify(round_.to_package({"A1": "5"}))
    assert ratified.determinations == {"award": 1}
    assert round_.state("A2") == "late"


def test_what_is_received_in_the_future_is_refused(round_: Round) -> None:
    with pytest.raises(ImportRefusedError, match="received_at: this is in the future"):
        round_.receive([received_at("A1", WHILE_OPEN + SECOND)], WHILE_OPEN)


def test_what_happened_after_the_day_of_receipt_is_refused(round_: Round) -> None:
    late, now = dated_too_late(), datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    with pytest.raises(ImportRefusedError) as refused:
        received(round_, [late], now)
    assert [(found.line, found.field, found.value, found.code, found.values) for found in refused.value.problems] == [
        (row, field, "2026-03-02", "import.in_the_future", (("day", "2026-03-01"),))
        for row, field in ((3, "proposals.design_on"), (30, "members.data_consent_on"))
    ]
    done = received(round_, [late, application("A2")], now, accept_valid=True)
    assert (len(done.problems), list(done.numbers)) == (2, ["A2"])


def test_what_a_row_dates_after_the_receipt_that_it_states_is_taken_with_a_warning(round_: Round) -> None:
    stated = dated_too_late()._replace(received_at=datetime(2026, 3, 2, 3, 0, tzinfo=UTC))
    done = received(round_, [stated])
    assert [(found.line, found.field, found.code, found.values) for found in done.warnings] == [
        (3, "proposals.design_on", "import.after_receipt", (("day", "2026-03-01"),)),
        (30, "members.data_consent_on", "import.after_receipt", (("day", "2026-03-01"),)),
    ]
    tomorrow = stated._replace(reference="A2", design_on=date(2026, 3, 3))
    with pytest.raises(ImportRefusedError, match=r"proposals\.design_on: this is after 2026-03-02, the day of receipt"):
        received(round_, [tomorrow])


def test_what_is_dated_after_the_receipt_that_the_office_gives_to_a_form_is_refused(round_: Round) -> None:
    arrived = {"received_at": datetime(2026, 3, 1, 21, 0), "source": SOURCE}
    with pytest.raises(ImportRefusedError, match="this is after 2026-03-01, the day of receipt"):
        receive.receive_applications(
            round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, applications=[dated_too_late()], **arrived
        )


def test_an_application_that_nobody_leads_is_refused(round_: Round) -> None:
    made = application("A1")
    with pytest.raises(ImportRefusedError, match="the application has no lead"):
        round_.receive([made._replace(members=made.members[1:])])


def test_what_was_received_before_the_call_opened_is_refused(round_: Round) -> None:
    with pytest.raises(ImportRefusedError, match="before the call opened"):
        round_.receive([received_at("A1", OPENING - SECOND)], WHILE_OPEN)


def test_a_closed_call_receives_nothing(round_: Round) -> None:
    calls.close_call(round_.workspace, as_("olga"), AFTER_DEADLINE, call=round_.call)
    with pytest.raises(RefusedError, match="is closed; applications are received once it is published"):
        round_.receive([application("A1")], AFTER_DEADLINE)


# The entry


def test_every_application_has_its_entry_and_its_receipt(round_: Round) -> None:
    before = len(round_.acts())
    numbers = round_.receive([application(f"A{place}") for place in range(1, 6)])
    entries = round_.entries(act="ProposalReceived")
    assert len(round_.acts()) == before + 5
    assert [entry["subject"] for entry in entries] == [f"proposal/{number}" for number in numbers.values()]
    assert [entry["inputs"]["application"]["reference"] for entry in entries] == list(numbers)
    assert {entry["inputs"]["source"]["file"] for entry in entries} == {"applications.xlsx"}
    assert round_.letter_kinds() == ["receipt"] * 5


def test_the_entry_holds_what_a_decision_can_depend_on(round_: Round) -> None:
    numbers = round_.receive([application("A1", counterpart="100000")])
    with round_.workspace.read() as unit:
        stored, salt = unit.proposals.one(numbers["A1"], "USD"), receive.paper_salt(unit)
    told = round_.entries(act="ProposalReceived")[0]["inputs"]["application"]
    assert (told["total_amount"], told["grant_amount"]) == ("200000.00", "100000.00")
    assert told["received_at"] == "2026-03-02T15:00:00.000000Z"
    assert told["members"] == [[line.party, line.is_lead, line.member_type] for line in stored.members or ()]
    assert [line[5] for line in told["budget_lines"]] == [str(line.amount) for line in stored.budget_lines or ()]
    assert [line[3] for line in told["counterpart_lines"]] == ["100000.00"]
    assert told == receive.application_as_plain(stored, "A1", "es", "USD", salt)


def test_the_implementing_agency_receives_in_its_own_name(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.tie("A1")
    again = application("A1")._replace(reference="A2")
    receive.receive_applications(
        round_.workspace, as_("iris"), WHILE_OPEN, call=round_.call, applications=[again], source=SOURCE
    )
    entry = round_.entries(act="ProposalReceived")[1]
    assert (entry["actor"], entry["role"], entry["tier"]) == ("iris", "implementing_agency", "implementation")


def by_agency(round_: Round, file: list[Application], now: datetime) -> None:
    receive.receive_applications(round_.workspace, as_("iris"), now, call=round_.call, applications=file, source=SOURCE)


def test_the_implementing_agency_does_not_say_when_its_own_file_was_received(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.tie("A1")
    backdated = application("A1")._replace(reference="A2", received_at=WHILE_OPEN, source_state="selected")
    with pytest.raises(ImportRefusedError) as refused:
        by_agency(round_, [backdated], DEADLINE + timedelta(days=3))
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [
        ("import.for_office", "received_at"),
        ("import.for_office", "source_state"),
    ]
    by_agency(round_, [backdated._replace(received_at=None, source_state=None)], DEADLINE + timedelta(days=3))
    assert [entry["to"] for entry in round_.entries(act="ProposalReceivedLate")] == ["late"]


def test_the_implementing_agency_does_not_fill_in_the_office_s_columns_in_an_answer(round_: Round) -> None:
    round_.receive([application("A1")._replace(evidence=())])
    round_.tie("A1")
    round_.screen()
    with pytest.raises(RefusedError, match="the answer gives source_state, which only the office fills in"):
        answers.clarify(
            round_.workspace,
            as_("iris"),
            AFTER_DEADLINE,
            proposal=round_.numbers["A1"],
            application=application("A1")._replace(source_state="selected"),
            answer="Va",
        )


@pytest.mark.parametrize("actor", ["eva", "aldo", "marcos", "admin"])
def test_nobody_else_receives_not_even_an_empty_file(round_: Round, actor: str) -> None:
    with pytest.raises(NotAuthorisedError):
        receive.receive_applications(
            round_.workspace, as_(actor), WHILE_OPEN, call=round_.call, applications=[], source=SOURCE
        )


# All or none


@pytest.mark.parametrize(
    "wrong",
    [
        application("A1")._replace(received_at=WHILE_OPEN + SECOND),
        application("A1"),
    ],
    ids=["received in the future", "same reference"],
)
def test_a_file_is_stored_whole_or_not_at_all(round_: Round, wrong: Application) -> None:
    before = hash_of_tables(round_.workspace.folder)
    with pytest.raises(ImportRefusedError):
        round_.receive([application("A1"), *(application(f"B{place}") for place in range(600)), wrong])
    assert hash_of_tables(round_.workspace.folder) == before


@pytest.mark.parametrize("between", [0, 700])
def test_a_reference_stands_once_in_a_file(round_: Round, between: int) -> None:
    file = [application("A1"), *(application(f"B{place}") for place in range(between)), application("A1")]
    with pytest.raises(ImportRefusedError) as refused:
        round_.receive(file)
    assert [(problem.code, problem.value) for problem in refused.value.problems] == [("import.stands_twice", "A1")]


def test_a_reference_on_record_is_not_received_again(round_: Round) -> None:
    round_.receive([application("A1")])
    with pytest.raises(ImportRefusedError, match="reference: this application is on record already, as PIP1-000001"):
        round_.receive([application("A2"), application("A1")])
    assert list(round_.states()) == ["PIP1-000001"]


def test_what_cannot_be_received_is_listed_whole_or_left_out(round_: Round) -> None:
    round_.receive([application("A1")])
    file = [
        application("A1"),
        application("A2"),
        received_at("A3", WHILE_OPEN + SECOND),
        received_at("A4", OPENING - SECOND),
    ]
    rows = {
        made.reference: LocatedApplication(made, Place("form.xlsx", "Proposals", row))
        for row, made in enumerate(file, 3)
    }

    def done(*, accept_valid: bool) -> receive.Received:
        return receive.receive_applications(
            round_.workspace,
            as_("olga"),
            WHILE_OPEN,
            call=round_.call,
            applications=file,
            source=SOURCE,
            places=rows,
            accept_valid=accept_valid,
        )

    listed = [
        (3, "Proposals.reference", "import.on_record"),
        (5, "Proposals.received_at", "import.received_in_future"),
        (6, "Proposals.received_at", "import.received_before_opening"),
    ]
    with pytest.raises(ImportRefusedError) as refused:
        done(accept_valid=False)
    assert [(problem.line, problem.field, problem.code) for problem in refused.value.problems] == listed
    assert list(round_.states()) == ["PIP1-000001"]
    accepted = done(accept_valid=True)
    assert [(problem.line, problem.field, problem.code) for problem in accepted.problems] == listed
    assert dict(accepted.numbers) == {"A2": "PIP1-000002"}


def test_a_dry_run_changes_nothing(round_: Round) -> None:
    before = hash_of_tables(round_.workspace.folder)
    done = receive.receive_applications(
        round_.workspace,
        as_("olga"),
        WHILE_OPEN,
        call=round_.call,
        applications=[application("A1")],
        source=SOURCE,
        dry_run=True,
    )
    assert (dict(done.numbers), done.letters_count) == ({"A1": "PIP1-000001"}, 1)
    assert hash_of_tables(round_.workspace.folder) == before


# Parties: one number each


def members(round_: Round, reference: str) -> list[str]:
    with round_.workspace.read() as unit:
        return [line.party for line in unit.proposals.one(round_.numbers[reference], "USD").members or ()]


def with_first_member(made: Application, **details: object) -> Application:
    first, *others = made.members
    return made._replace(members=(first._replace(details=first.details._replace(**details)), *others))


def test_a_party_keeps_its_number_by_its_tax_number(round_: Round) -> None:
    again = with_first_member(application("A2"), tax_number="A1-1", name="Taller A1-1, S. de R.L.")
    round_.receive([application("A1")])
    round_.receive([again])
    assert members(round_, "A1")[0] == members(round_, "A2")[0]
    assert len(set(members(round_, "A1") + members(round_, "A2"))) == 11


def test_a_party_keeps_its_number_within_one_file(round_: Round) -> None:
    round_.receive([application("A1"), with_first_member(application("A2"), tax_number="A1-1")])
    assert members(round_, "A1")[0] == members(round_, "A2")[0]


def test_the_same_tax_number_of_another_country_is_another_party(round_: Round) -> None:
    round_.receive([application("A1"), with_first_member(application("A2"), tax_number="A1-1", tax_country="GT")])
    assert members(round_, "A1")[0] != members(round_, "A2")[0]


@pytest.mark.parametrize("in_one_file", [True, False])
def test_a_tax_number_without_a_country_is_one_party(round_: Round, in_one_file: bool) -> None:
    both = [
        with_first_member(application(reference), tax_number="0801", tax_country=None) for reference in ("A1", "A2")
    ]
    for file in [both] if in_one_file else [[made] for made in both]:
        round_.receive(file)
    assert members(round_, "A1")[0] == members(round_, "A2")[0]


def test_without_a_tax_number_a_party_is_known_by_its_name(round_: Round) -> None:
    nameless = with_first_member(application("A2"), tax_number=None, name="  TALLER   a1-1 ")
    round_.receive([application("A1")])
    round_.receive([nameless])
    assert members(round_, "A1")[0] == members(round_, "A2")[0]


def test_one_name_with_two_tax_numbers_is_two_parties(round_: Round) -> None:
    round_.receive([application("A1"), with_first_member(application("A2"), name="Taller A1-1")])
    assert members(round_, "A1")[0] != members(round_, "A2")[0]


@pytest.mark.parametrize("written", ["08011990123456", "0801 1990 123456", "0801.1990.123456", "0801/1990-123456"])
def test_tax_numbers_are_the_same_however_they_are_written(round_: Round, written: str) -> None:
    first = with_first_member(application("A1"), tax_number="0801-1990-123456")
    round_.receive([first])
    round_.receive([with_first_member(application("A2"), tax_number=written)])
    assert members(round_, "A1")[0] == members(round_, "A2")[0]
    with round_.workspace.read() as unit:
        assert unit.parties.get("E-000001").details.tax_number == "0801-1990-123456"


def test_marks_alone_are_no_tax_number(round_: Round) -> None:
    round_.receive([with_first_member(application(reference), tax_number="-") for reference in ("A1", "A2")])
    assert members(round_, "A1")[0] != members(round_, "A2")[0]


@pytest.mark.parametrize("in_one_file", [True, False])
def test_a_party_without_a_tax_number_keeps_its_number_when_it_is_supplied(round_: Round, in_one_file: bool) -> None:
    nameless = with_first_member(application("A1"), tax_number=None, tax_country=None)
    known = with_first_member(application("A2"), name="taller A1-1", tax_number="0801-90")
    again = with_first_member(application("A3"), name="Talleres unidos", tax_number="080190")
    for file in [[nameless, known, again]] if in_one_file else [[nameless], [known], [again]]:
        round_.receive(file)
    assert {members(round_, reference)[0] for reference in ("A1", "A2", "A3")} == {"E-000001"}
    with round_.workspace.read() as unit:
        party = unit.parties.get("E-000001")
    assert (party.details.name, party.details.tax_country, party.details.tax_number) == ("Taller A1-1", "HN", "0801-90")
    told = round_.entries(act="ProposalReceived")[1]["inputs"]["parties"][0]
    assert (told["number"], told["tax_number"]) == ("E-000001", seal(party.salt or b"", "tax_number", "0801-90"))
    assert verify(round_.workspace, as_("aldo"), AFTER_DEADLINE).faults == ()


@pytest.mark.parametrize("in_one_file", [True, False])
def test_of_several_parties_of_one_name_each_is_known_by_its_tax_number(round_: Round, in_one_file: bool) -> None:
    file = [
        with_first_member(application(reference), name="La Esperanza", tax_number=tax_number)
        for reference, tax_number in (("A1", None), ("A2", "1"), ("A3", "2"), ("A4", "3"), ("A5", "2"))
    ]
    for part in [file] if in_one_file else [[made] for made in file]:
        round_.receive(part)
    numbers = [members(round_, f"A{place}")[0] for place in range(1, 6)]
    assert numbers[0] == numbers[1]
    assert numbers[2] == numbers[4]
    assert len(set(numbers)) == 3


@pytest.mark.parametrize("in_one_file", [True, False])
def test_an_application_supplies_what_was_missing_of_a_party_and_changes_nothing_else(
    round_: Round, in_one_file: bool
) -> None:
    unknown = with_first_member(application("A1"), data_consent_on=None, size_class=None, email=None)
    again = with_first_member(application("A2"), tax_number="A1-1", sector="4711", email="otra@example.org")
    for file in [[unknown, again]] if in_one_file else [[unknown], [again]]:
        round_.receive(file)
    with round_.workspace.read() as unit:
        party = unit.parties.get(members(round_, "A1")[0])
    assert party.details == unknown.members[0].details._replace(
        data_consent_on=date(2026, 1, 10), size_class=SizeClass.SMALL, email="otra@example.org"
    )
    told = [entry["inputs"]["parties"] for entry in round_.entries(act="ProposalReceived")]
    assert [[item["number"] for item in items].count(party.number) for items in told] == [1, 1]
    assert told[1][0]["email"] == seal(party.salt or b"", "email", "otra@example.org")
    assert verify(round_.workspace, as_("aldo"), AFTER_DEADLINE).faults == ()


@pytest.mark.parametrize("in_one_file", [True, False])
def test_what_is_said_otherwise_of_a_party_on_record_is_warned_of(round_: Round, in_one_file: bool) -> None:
    first = with_first_member(application("A1"), size_class=SizeClass.MICRO, legal_form=None)
    again = with_first_member(
        application("A2"),
        name="Talleres A1",
        tax_number="A1-1",
        size_class=SizeClass.MEDIUM,
        legal_form="S.A.",
        priority_groups=frozenset({PriorityGroup.WOMEN_LED, PriorityGroup.INDIGENOUS}),
        sector=None,
        territory="HN-CR",
        email="A1-1@Example.org",
    )
    if not in_one_file:
        assert received(round_, [first]).warnings == ()
    done = received(round_, [first, again] if in_one_file else [again])
    row = 40 if in_one_file else 30
    assert [(found.line, found.field, found.value, dict(found.values)) for found in done.warnings] == [
        (row, f"members.{field}", written, {"party": "E-000001", "on_record": on_record})
        for field, written, on_record in (
            ("name", "Talleres A1", "Taller A1-1"),
            ("size_class", "medium", "micro"),
            ("territory", "HN-CR", "HN-FM"),
            ("priority_groups", "indigenous, women_led", "-"),
        )
    ]
    assert {found.code for found in done.warnings} == {"import.party_differs"}
    with round_.workspace.read() as unit:
        party = unit.parties.get("E-000001")
    assert party.details == first.members[0].details._replace(legal_form="S.A.")


def test_who_says_nothing_else_is_not_warned_of(round_: Round) -> None:
    round_.receive([application("A1")])
    silent = with_first_member(
        application("A2"), name=" TALLER  a1-1", tax_number="A1-1", size_class=None, data_consent_on=date(2026, 2, 1)
    )
    silent = with_first_member(silent, email="a1-1@example.org")
    assert received(round_, [silent]).warnings == ()


def test_an_application_that_supplies_nothing_writes_no_party_again(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.receive([with_first_member(application("A2"), tax_number="A1-1", data_consent_on=None)])
    number = members(round_, "A1")[0]
    told = round_.entries(act="ProposalReceived")[1]["inputs"]["parties"]
    assert number not in [party["number"] for party in told]


# The order of import


def verdicts(round_: Round, files: list[list[Application]]) -> dict[str, str]:
    for file in files:
        round_.receive(file)
    round_.screen()
    return {reference: round_.verdict(reference, "counterpart") for reference in ("A1", "A2", "A3")}


def test_the_order_of_import_never_decides_on_contested_evidence(sealed_round: Callable[[str], Round]) -> None:
    made = {"A1": same_paper("A1"), "A2": same_paper("A2"), "A3": application("A3")}
    for place, order in enumerate(permutations(made)):
        together = verdicts(sealed_round(f"together-{place}"), [[made[name] for name in order]])
        apart = verdicts(sealed_round(f"apart-{place}"), [[made[name]] for name in order])
        assert together == apart == {"A1": "undetermined", "A2": "undetermined", "A3": "met"}


def test_a_letter_pledged_under_two_names_counts_in_none(round_: Round) -> None:
    """The applicants choose the keys of their forms; issuer, day and amount tell the letter."""
    letter = Evidence(
        "carta 1", EvidenceKind.COMMITMENT_LETTER, "Cámara de Comercio", date(2026, 2, 16), Decimal(100_000)
    )
    first = pledging("A1", letter)
    second = pledging("A2", letter._replace(identity="annex B", issuer="CÁMARA DE COMERCIO"))
    third = pledging("A3", letter._replace(committed_amount=Decimal(100_001)))
    assert verdicts(round_, [[first, second, third]]) == {"A1": "undetermined", "A2": "undetermined", "A3": "met"}


def test_a_file_on_one_side_does_not_settle_a_contested_letter(round_: Round, tmp_path: Path) -> None:
    assert verdicts(round_, [[same_paper("A1"), same_paper("A2"), application("A3")]])["A1"] == "undetermined"
    scan = tmp_path / "carta.pdf"
    scan.write_bytes(b"%PDF-1.7 carta")
    reference = same_paper("A1").evidence[0].identity
    answers.attach(
        round_.workspace, as_("olga"), AFTER_DEADLINE, proposal=round_.numbers["A1"], file=scan, evidence=reference
    )
    round_.screen()
    assert [round_.verdict(name, "counterpart") for name in ("A1", "A2")] == ["undetermined", "undetermined"]


def test_papers_of_different_issuers_are_not_the_same_paper(round_: Round) -> None:
    other = Evidence("Oficio 14-2026", EvidenceKind.COMMITMENT_LETTER, "Alcaldía de La Paz")
    second = same_paper("A2")._replace(evidence=(other, *application("A2").evidence[1:]))
    assert verdicts(round_, [[same_paper("A1"), second, application("A3")]]) == dict.fromkeys(("A1", "A2", "A3"), "met")


def test_a_late_application_does_not_contest_a_paper(round_: Round) -> None:
    late = same_paper("A2")._replace(received_at=DEADLINE + 60 * SECOND)
    round_.receive([same_paper("A1")._replace(received_at=DEADLINE), late], AFTER_DEADLINE)
    round_.screen()
    assert round_.verdict("A1", "counterpart") == "met"


# Withdrawing


def test_an_application_is_withdrawn_with_a_letter(round_: Round) -> None:
    round_.receive([application("A1")])
    answers.withdraw(
        round_.workspace, as_("olga"), WHILE_OPEN, proposal=round_.numbers["A1"], reason="Cambio de planes"
    )
    assert round_.state("A1") == "withdrawn"
    assert round_.letter_kinds("A1") == ["receipt", "withdrawal"]
    assert round_.entries(act="ProposalWithdrawn")[0]["reason"] == "Cambio de planes"


def test_an_application_is_not_withdrawn_once_decided(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    with pytest.raises(RefusedError, match="withdraw is not possible in the state awarded"):
        answers.withdraw(
            round_.workspace, as_("olga"), AFTER_DRAW, proposal=round_.numbers["A1"], reason="Cambio de planes"
        )
