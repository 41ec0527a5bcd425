"""Parties that no application brought, and what decisions read of parties, corrected."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from pipgrants.domain.application import Application
from pipgrants.domain.vocabulary import Language, PartyKind, PriorityGroup, SizeClass
from pipgrants.errors import RefusedError, UsageError
from pipgrants.services import answers, parties, party_corrections, party_details
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.party_corrections import Corrected
from pipgrants.trail.sealing import seal
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    SCORING,
    WHILE_OPEN,
    Round,
    application,
    as_,
    hash_of_tables,
    tamper,
)

LEAD = "E-000001"
PROVIDER = {
    "name": "Asesores del Valle",
    "tax_number": "0801-90",
    "tax_country": "hn",
    "country": "HN",
    "legal_form": " S. A. ",
    "sector": "7020",
    "territory": "HN-CR",
    "language": "es",
    "email": "hola@asesores.example",
    "postal_address": "Barrio Abajo 3",
}


def add(round_: Round, kind: PartyKind = PartyKind.SERVICE_PROVIDER, **given: str) -> str:
    return party_details.add_party(round_.workspace, as_("olga"), WHILE_OPEN, kind=kind, given=given or PROVIDER)


def correct(round_: Round, party: str = LEAD, **facts: str) -> Corrected:
    return party_corrections.correct_party(
        round_.workspace, as_("olga"), AFTER_DEADLINE, party=party, reason="Según el registro", facts=facts
    )


def with_lead(made: Application, **details: object) -> Application:
    first, *others = made.members
    return made._replace(members=(first._replace(details=first.details._replace(**details)), *others))


def no_faults(round_: Round) -> bool:
    return verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults == ()


def test_a_tax_number_on_record_does_not_lose_its_country(round_: Round) -> None:
    add(round_)
    with pytest.raises(UsageError, match="a tax number needs the country that gave it"):
        correct(round_, tax_country="")
    assert correct(round_, tax_country="", tax_number="").fields == ("tax_number", "tax_country")


# Added


def test_a_party_that_no_application_brought_is_entered(round_: Round) -> None:
    assert add(round_) == LEAD
    party = parties.show_party(round_.workspace, LEAD)
    assert party.details._asdict() == {
        **PROVIDER,
        "tax_country": "HN",
        "legal_form": "S. A.",
        "language": Language.SPANISH,
        "size_class": None,
        "priority_groups": frozenset(),
        "data_consent_on": None,
        "kind": PartyKind.SERVICE_PROVIDER,
    }
    [entry] = round_.entries(act="PartyAdded")
    told = entry["inputs"]["party"]
    assert (entry["subject"], told["number"], told["kind"], told["tax_country"]) == (
        f"party/{LEAD}",
        LEAD,
        "service_provider",
        "HN",
    )
    assert told["tax_number"] == seal(party.salt or b"", "tax_number", "0801-90")
    assert [value for value in PROVIDER.values() if len(value) > 4 and value in str(entry)] == ["HN-CR"]
    assert no_faults(round_)


def test_a_party_keeps_its_number_when_it_appears_in_an_application(round_: Round) -> None:
    add(round_, name="Asesores del Valle")
    made = with_lead(application("A1"), name="ASESORES del valle", tax_number="0801-90", sector=None)
    round_.receive([made])
    with round_.workspace.read() as unit:
        assert unit.proposals.get(round_.numbers["A1"]).lead == LEAD
    details = parties.show_party(round_.workspace, LEAD).details
    assert (details.kind, details.tax_number, details.size_class) == (
        PartyKind.SERVICE_PROVIDER,
        "0801-90",
        SizeClass.SMALL,
    )
    round_.screen()
    assert round_.state("A1") == "eligible"
    assert no_faults(round_)


def test_a_party_added_is_redacted_like_any_other(round_: Round) -> None:
    add(round_)
    parties.redact(round_.workspace, as_("olga"), WHILE_OPEN, party=LEAD, reason="Solicitud")
    assert parties.show_party(round_.workspace, LEAD).details.name == ""
    assert no_faults(round_)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Otro nombre", "tax_number": "a11", "tax_country": "HN"},
        {"name": "taller  A1-1"},
    ],
)
def test_a_party_on_record_is_not_entered_again(round_: Round, given: dict[str, str]) -> None:
    round_.receive([application("A1")])
    with pytest.raises(RefusedError, match="is on record already, as E-000001"):
        add(round_, **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, "a party has a name"),
        ({"name": "X", "tax_number": "1"}, "tax number: a tax number needs the country that gave it"),
        ({"name": "X", "country": "Honduras"}, "country: expected a country code of two letters"),
        ({"name": "X", "sector": "3400"}, "sector: expected a sector of ISIC revision 4"),
        ({"name": "X", "email": "x"}, "email: expected an e-mail address"),
    ],
)
def test_what_the_form_would_not_take_is_refused(round_: Round, given: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        add(round_, **given)
    assert parties.list_parties(round_.workspace) == []


# Corrected


def test_facts_are_corrected_with_a_reason_and_screened_again(round_: Round) -> None:
    round_.receive([with_lead(application("A1"), size_class=SizeClass.MICRO, sector="4711")])
    round_.screen()
    found = correct(
        round_, size_class="Medium", sector="", priority_groups="women_led; indigenous", territory="HN-CR", country="hn"
    )
    assert found.fields == ("country", "size_class", "sector", "territory", "priority_groups")
    before = with_lead(application("A1")).members[0].details
    assert parties.show_party(round_.workspace, LEAD).details == before._replace(
        country="HN",
        size_class=SizeClass.MEDIUM,
        sector=None,
        territory="HN-CR",
        priority_groups=frozenset({PriorityGroup.WOMEN_LED, PriorityGroup.INDIGENOUS}),
    )
    [entry] = round_.entries(act="PartyCorrected")
    told = entry["inputs"]["party"]
    assert (entry["reason"], told["size_class"], told["priority_groups"]) == (
        "Según el registro",
        "medium",
        ["indigenous", "women_led"],
    )
    assert no_faults(round_)


def test_scores_stay_open_until_what_was_corrected_is_screened_again(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    round_.assign()
    round_.give({"A1": Decimal(4), "A2": Decimal(4)})
    correct(round_, size_class="large")
    said = r"PIP1-000001 \(E-000001 was corrected after the screening\)"
    with pytest.raises(RefusedError, match=said):
        round_.close_scores()
    round_.screen(SCORING)
    round_.close_scores(SCORING)


def test_scores_are_closed_after_corrections_that_no_decision_reads(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    round_.give({"A1": Decimal(4)})
    party_corrections.correct_party(
        round_.workspace, as_("olga"), SCORING, party=LEAD, reason="Lo avisó", email="otra@example.org"
    )
    add(round_)
    correct(round_, party="E-000007", size_class="large")
    round_.close_scores()


def test_what_is_corrected_is_what_decisions_are_derived_from_again(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    round_.screen()
    correct(round_, priority_groups="women_led")
    correct(round_, party="E-000007", size_class="large", territory="GT-01")
    round_.ratify(round_.to_package({"A1": "4", "A2": "4"}))
    assert replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=round_.call).differences == ()
    assert no_faults(round_)


def test_a_tax_number_is_corrected_unless_another_party_has_it(round_: Round) -> None:
    round_.receive([application("A1")])
    with pytest.raises(RefusedError, match="E-000002 has that tax number; one enterprise has one number"):
        correct(round_, tax_number="A1 2")
    correct(round_, tax_number="A1-9")
    round_.receive([with_lead(application("A3"), tax_number="a1.9")])
    with round_.workspace.read() as unit:
        assert unit.proposals.get(round_.numbers["A3"]).lead == LEAD
    assert no_faults(round_)


def scored(round_: Round) -> None:
    round_.screen()
    round_.score({"A1": Decimal(4)}, SCORING)


def withdrawn(round_: Round) -> None:
    answers.withdraw(round_.workspace, as_("olga"), AFTER_DEADLINE, proposal=round_.numbers["A1"], reason="Otro fondo")
    round_.receive([application("A2")])
    round_.screen()
    round_.score({"A2": Decimal(4)}, SCORING)


def decided(round_: Round) -> None:
    round_.ratify(round_.to_package({"A1": "4"}))


@pytest.mark.parametrize(
    ("come", "is_refused"), [(scored, True), (withdrawn, False), (decided, False), (Round.screen, False)]
)
def test_facts_stay_while_a_decision_rests_on_what_was_screened(
    round_: Round, come: Callable[[Round], object], is_refused: bool
) -> None:
    round_.receive([application("A1")])
    come(round_)
    before = hash_of_tables(round_.workspace.folder)
    if is_refused:
        said = r"PIP1-000001 is decided from what is on record of E-000001: pip-one-stage is scores closed"
        with pytest.raises(RefusedError, match=said):
            correct(round_, size_class="micro")
        assert hash_of_tables(round_.workspace.folder) == before
    else:
        assert correct(round_, size_class="micro").fields == ("size_class",)


def test_facts_are_corrected_by_the_rules_of_the_form(round_: Round) -> None:
    round_.receive([application("A1")])
    with pytest.raises(UsageError, match=r"size class: expected one of: micro, .*; sector: expected a sector"):
        correct(round_, size_class="tiny", sector="3400")


@pytest.mark.parametrize("column", ["kind", "match_tax_number", "sector"])
def test_a_party_added_and_changed_past_the_program_is_located(round_: Round, column: str) -> None:
    add(round_)
    tamper(round_.workspace.folder, f"UPDATE party SET {column} = 'other'")
    [fault] = verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults
    assert (fault.place, fault.field, fault.entry) == (f"party {LEAD}", column, round_.entries()[-1]["sequence"])


def test_party_with_a_character_that_no_letter_can_hold_is_refused_with_its_field(round_: Round) -> None:
    with pytest.raises(UsageError, match=r"name: the text holds a character that is not shown \(U\+0000\)"):
        add(round_, name="Aseso\0res")
