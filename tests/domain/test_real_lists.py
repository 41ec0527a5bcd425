"""The rules on real applications: Danish structural funds and Lithuanian structural-fund applications."""

import csv
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pipgrants.domain.call import Base, CounterpartRule, GrantLimits
from pipgrants.domain.counterpart import assess as assess_counterpart
from pipgrants.domain.eligibility import evaluate
from pipgrants.domain.grant import assess as assess_grant
from pipgrants.domain.proposal import CounterpartLine, Member, Proposal
from pipgrants.domain.rules import AtLeast
from pipgrants.domain.vocabulary import ContributionForm, FundingSource, Stage, Verdict

HALF = Decimal("0.5")
RECEIVED_AT = datetime(2016, 6, 16, tzinfo=UTC)


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def danish_amount(text):
    return Decimal(text.replace(".", "").replace(",", "."))


def danish_members(row):
    names = [row["navn"], *(name for name in row["parter"].strip().removesuffix(".").split(". ") if name.strip())]
    return tuple(Member(name.strip().casefold(), index == 0) for index, name in enumerate(names))


def danish_proposal(number, row):
    total, grant = danish_amount(row["budget"]), danish_amount(row["eu"])
    own = CounterpartLine(None, ContributionForm.CASH, FundingSource.OWN_FUNDS, total - grant)
    return Proposal(
        f"DK-{number}",
        "danish-structural-funds",
        Stage.PROPOSAL,
        "received",
        row["projekttitel"],
        RECEIVED_AT,
        total_amount=total,
        grant_amount=grant,
        members=danish_members(row),
        counterpart_lines=(own,),
    )


@pytest.fixture(scope="module")
def danish(shared_data):
    listed = rows(shared_data / "real" / "dk_erdf_esf_2007-2013.csv")
    return [danish_proposal(number, row) for number, row in enumerate(listed, 1)]


def counterparts(rule, proposals):
    return Counter(assess_counterpart(rule, proposal, {}, "DKK").verdict for proposal in proposals)


def grants(limits, proposals, currency):
    return Counter(assess_grant(limits, proposal, currency)[0].verdict for proposal in proposals)


def test_danish_projects_under_an_exact_half(danish):
    expected = {Verdict.MET: 537, Verdict.NOT_MET: 61}
    assert grants(GrantLimits("1", maximum_share=HALF), danish, "DKK") == expected
    assert counterparts(CounterpartRule("1", HALF, evidence_required=False), danish) == expected
    of_grant = CounterpartRule("1", Decimal(1), of=Base.GRANT, evidence_required=False)
    assert counterparts(of_grant, danish) == expected


def test_danish_projects_under_half_with_a_tolerance_of_an_øre(danish):
    tolerance = Decimal("0.01")
    expected = {Verdict.MET: 594, Verdict.NOT_MET: 4}
    assert grants(GrantLimits("1", maximum_share=HALF, tolerance_amount=tolerance), danish, "DKK") == expected


def test_danish_projects_of_at_least_three_different_entities(danish):
    rule = AtLeast("members.count", Decimal(3))
    verdicts = Counter(evaluate(rule, proposal, "DKK")[0] for proposal in danish)
    assert verdicts == {Verdict.MET: 362, Verdict.NOT_MET: 236}


def test_lithuanian_applications_under_half_of_the_value(shared_data):
    def known(text):
        amount = Decimal(text)
        return amount or None

    proposals = [
        Proposal(
            row["Kodas"],
            "lithuania",
            Stage.PROPOSAL,
            "received",
            row["Projektas"],
            RECEIVED_AT,
            total_amount=known(row["Projekto vertė paraiškoje"]),
            grant_amount=known(row["Prašomas finansavimas"]),
        )
        for row in rows(shared_data / "real" / "lt_esif_applications_2016-06-16.csv")
    ]
    assert grants(GrantLimits("1", maximum_share=HALF), proposals, "EUR") == {
        Verdict.MET: 583,
        Verdict.NOT_MET: 630,
        Verdict.UNDETERMINED: 296,
    }
