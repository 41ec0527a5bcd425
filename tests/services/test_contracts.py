"""Service contracts from the selection of the supplier to the acceptance, with the payments made under them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from disputed import CONTRACT, LATER, ONE_OFFER, SUPPLIER, carry, record, signed
from pipgrants.domain.application import Exclusion
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import DefinitionError, ImportRefusedError, NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import delegate, parties, people
from pipgrants.services.audit.dossier_record import DossierRecord
from pipgrants.services.audit.duties import review_duties
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.stated import Fault
from pipgrants.services.audit.verify import verify
from pipgrants.services.group_views import list_contracts, show_contract
from pipgrants.services.project_views import show_project
from projected import RUNNING, go, spend
from rounds import SOURCE, Round, as_, tamper


@pytest.fixture
def project(supplied: Round, tmp_path: Path) -> Round:
    return supplied.copy(tmp_path / "agency")


def faults(round_: Round) -> tuple[Fault, ...]:
    return verify(round_.workspace, as_("aldo"), LATER).faults


def test_a_contract_is_carried_to_its_acceptance(project: Round) -> None:
    found = record(project)
    assert (found.number, found.state, found.supplier, found.amount, found.offers_count) == (
        1,
        "selected",
        SUPPLIER,
        Decimal(12_000),
        3,
    )
    assert carry(project, "sign", on=date(2026, 9, 10)).state == "signed"
    spend(project, "2,2026-09-12,5000,F-1,,1", "2,2026-09-12,900,F-2,,")
    assert carry(project, "start").state == "in_progress"
    assert carry(project, "deliver", on=date(2026, 10, 1)).state == "delivered"
    assert carry(project, "refuse", reason="Falta el anexo").state == "in_progress"
    carry(project, "deliver")
    assert carry(project, "accept", reason="Informe final, tomo 1").state == "accepted"
    shown = show_contract(project.workspace, project.numbers["first"], 1)
    assert (shown.signed_on, shown.delivered_on, shown.ended_on) == ("2026-09-10", "2026-10-05", "2026-10-05")
    assert (shown.supplier_name, shown.amount, shown.paid, shown.payments) == (
        "Estudios Lempira",
        "12000.00",
        "5000.00",
        (1,),
    )
    assert shown.offers[2] == ("Mercados SA", "13500.50")
    assert (shown.reason, shown.minutes) == ("El precio más bajo", "Acta 5 de la asamblea")
    assert faults(project) == ()
    assert replay(project.workspace, as_("aldo"), LATER, call=project.call).differences == ()


def test_a_supplier_selected_without_comparing_offers_needs_the_approval_of_management(project: Round) -> None:
    record(project, ONE_OFFER)
    with pytest.raises(RefusedError, match="1 offer was compared; with fewer than 3 management approves"):
        carry(project, "sign")
    with pytest.raises(NotAuthorisedError, match="approve is for programme_manager"):
        carry(project, "approve")
    assert carry(project, "approve", by="marcos").state == "approved"
    assert carry(project, "sign").state == "signed"
    assert review_duties(project.workspace, as_("aldo"), LATER).conflicts == []


def test_who_recorded_a_selection_does_not_approve_it(project: Round) -> None:
    record(project, ONE_OFFER)
    people.grant_role(project.workspace, as_("admin"), RUNNING, actor="olga", role=Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match="who prepared it cannot approve it"):
        carry(project, "approve")


def test_a_selection_recorded_for_somebody_is_not_approved_by_them(project: Round) -> None:
    delegate.delegate_role(
        project.workspace,
        as_("olga"),
        RUNNING,
        delegator="olga",
        delegate="marcos",
        role=Role.COORDINATION_OFFICER,
        from_on=RUNNING.date(),
        until_on=RUNNING.date(),
        reason="Vacaciones",
    )
    record(project, ONE_OFFER, by="marcos")
    people.grant_role(project.workspace, as_("admin"), RUNNING, actor="olga", role=Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match=r"olga prepared contract/PIP1-000001/1 .*, and olga cannot approve it"):
        carry(project, "approve")
    assert carry(project, "approve", by="maria").state == "approved"


def test_a_selection_that_is_rejected_is_over(project: Round) -> None:
    record(project, ONE_OFFER)
    assert carry(project, "reject", by="marcos", reason="Pidan más ofertas").state == "rejected"
    with pytest.raises(RefusedError, match=r"service contract 1 of .*: sign is not possible"):
        carry(project, "sign")
    assert record(project).number == 2


def test_contracts_of_a_component_stay_within_its_budget(project: Round) -> None:
    whole = CONTRACT.replace("12000", "100000")
    record(project, whole)
    record(project)
    carry(project, "sign", 2)
    with pytest.raises(RefusedError, match=r"with it, USD 12,000.00 more is contracted for the component markets"):
        carry(project, "sign", 1)
    carry(project, "terminate", 2, reason="No vino")
    assert carry(project, "sign", 1).state == "signed"


@pytest.mark.parametrize(
    ("payment", "problem"),
    [
        (
            "2,2026-09-12,12000.01,F-1,,1",
            "USD 12,000.01 are paid under service contract 1; its amount",
        ),
        ("2,2026-09-09,1,F-1,,1", "paid from the day of its signature on: 2026-09-10"),
        ("1,2026-09-12,1,F-1,,1", "service contract 1 is for the component markets, the line is not"),
        ("2,2026-09-12,1,F-1,,2", "the project has no such service contract; it has 1"),
    ],
)
def test_a_payment_is_one_of_the_contract_that_it_names(project: Round, payment: str, problem: str) -> None:
    signed(project)
    with pytest.raises(ImportRefusedError, match=problem):
        spend(project, payment)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("markets", "dissemination", "the budget of the project has no such component; it has cooperation, markets"),
        ("E-000003]", "E-000009]", "E-000009 is no firm of the project"),
        ("2026-09-01", "2026-10-06", "2026-10-06 is in the future"),
        ("E-000019", "E-000099", "there is no party E-000099"),
    ],
)
def test_what_does_not_fit_the_project_is_refused(project: Round, old: str, new: str, problem: str) -> None:
    with pytest.raises((DefinitionError, RefusedError, NotFoundError), match=problem):
        record(project, CONTRACT.replace(old, new))


def test_a_debarred_supplier_is_refused(project: Round) -> None:
    excluded = [Exclusion("Estudios Lempira", "Fraude")]
    parties.import_exclusions(project.workspace, as_("olga"), RUNNING, exclusions=excluded, source=SOURCE)
    with pytest.raises(RefusedError, match=f"{SUPPLIER} stands on the exclusion list"):
        record(project)


@pytest.mark.parametrize(("on", "told"), [(date(2026, 8, 31), "is before 2026-09-01"), (date(2026, 10, 6), "future")])
def test_days_of_a_contract_follow_each_other_and_are_not_ahead(project: Round, on: date, told: str) -> None:
    record(project)
    with pytest.raises(RefusedError, match=told):
        carry(project, "sign", on=on)


def test_nothing_is_signed_while_the_project_stands_still(project: Round) -> None:
    record(project)
    go(project, "suspend", reason="Conflicto")
    with pytest.raises(RefusedError, match="the project is suspended"):
        carry(project, "sign")


def test_a_project_is_not_completed_with_a_contract_open(project: Round) -> None:
    signed(project)
    with pytest.raises(RefusedError, match="service contract 1 is neither accepted nor terminated"):
        go(project, "complete", "olga")
    carry(project, "terminate", reason="No entregó", by="olga")
    assert go(project, "complete", "olga").state == "completed"
    with pytest.raises(RefusedError, match="suppliers are selected from its agreement to its end"):
        record(project)


def test_an_agency_records_the_contracts_of_its_own_project_only(project: Round) -> None:
    project.tie("second")
    with pytest.raises(NotAuthorisedError, match="acts for the party E-000007; the applicant is E-000001"):
        record(project, by="iris")
    project.tie("first")
    assert record(project, by="iris").state == "selected"


@pytest.mark.parametrize("offered", ["E-000010", "Taller second-4"])
def test_an_offer_goes_with_the_party_that_made_it(project: Round, offered: str) -> None:
    record(project)
    record(project, CONTRACT.replace("Mercados SA", offered))
    parties.redact(project.workspace, as_("olga"), RUNNING, party="E-000010", reason="Lo pidió")
    number = project.numbers["first"]
    assert [show_contract(project.workspace, number, place).offers == () for place in (1, 2)] == [False, True]
    assert faults(project) == ()


def test_why_a_supplier_was_selected_is_sealed_and_redacted_with_it(project: Round) -> None:
    record(project)
    entry = project.entries()[-1]
    assert (entry["act"], entry["inputs"]["contract"]["supplier"]) == ("ServiceContractSelected", SUPPLIER)
    assert all(word not in str(entry) for word in ("Valle", "precio", "Acta 5"))
    parties.redact(project.workspace, as_("olga"), RUNNING, party=SUPPLIER, reason="Lo pidió")
    shown = show_contract(project.workspace, project.numbers["first"], 1)
    assert (shown.offers, shown.reason, shown.minutes, shown.offers_count) == ((), None, None, 3)
    assert faults(project) == ()


@pytest.fixture(scope="module")
def audited(supplied: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    made = signed(supplied.copy(tmp_path_factory.mktemp("audited") / "agency"))
    spend(made, "2,2026-09-12,5000,F-1,,1")
    assert faults(made) == ()
    return made


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE service_contract SET amount_minor = amount_minor + 1", "service_contract"),
        ("UPDATE service_contract SET state = 'accepted'", "service_contract"),
        ("UPDATE service_contract SET signed_on = '2026-09-11'", "service_contract"),
        ("UPDATE service_contract SET offers = '[]'", "service_contract"),
        ("UPDATE service_contract SET agreed_by = 'E-000002'", "service_contract"),
        ("UPDATE contract_payment SET contract = 2", "contract_payment"),
        ("DELETE FROM contract_payment", "contract_payment"),
    ],
)
def test_what_is_stored_of_a_contract_is_what_the_trail_states(
    audited: Round, tmp_path: Path, statement: str, place: str
) -> None:
    copy = audited.copy(tmp_path / "agency")
    assert tamper(copy.workspace.folder, statement)
    assert {fault.place.split(" ")[0] for fault in faults(copy)} == {place}


def test_contracts_are_listed_and_shown_with_their_project(audited: Round) -> None:
    listed = list_contracts(audited.workspace, audited.call)
    assert [(item.number, item.state, item.amount, item.paid) for item in listed] == [
        (1, "signed", "12000.00", "5000.00")
    ]
    shown = show_project(audited.workspace, audited.numbers["first"], LATER)
    assert shown.contracts == tuple(listed)
    assert [item.contract for item in shown.payments] == [1]


def test_the_dossier_of_a_proposal_holds_its_contracts(audited: Round) -> None:
    with audited.workspace.read() as unit:
        record_ = DossierRecord(audited.workspace, unit, audited.call, audited.numbers["first"])
        acts = [entry.act for entry in record_.entries()]
    assert acts[-3:] == ["ServiceContractSelected", "ServiceContractSigned", "ExpenditureRecorded"]
