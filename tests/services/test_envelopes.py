"""A call with envelopes within its envelope, from its file to the letters, the results and the replay."""

from pathlib import Path

import pytest

from pipgrants.domain.application import Application
from pipgrants.services import explain
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.audit.what_if import what_if
from pipgrants.services.notices import describe_call
from pipgrants.services.views import show_package
from rounds import AFTER_DRAW, CALL, Round, application, as_, edit, open_workspace, publish

ENVELOPES = """allocation:
  one_award_per_applicant: true
  appeal_margin_amount: 50000
  envelopes:
    - code: capital
      clause: "6.2"
      title:
        en: Projects in the capital
        es: Proyectos en la capital
        pt: Projetos na capital
      kind: cap
      amount: 200000
      rule:
        one_of:
          fact: applicant.territory
          values: [HN-FM]
    - code: west
      clause: "6.3"
      title:
        en: Projects in the west
        es: Proyectos en el occidente
        pt: Projetos no oeste
      kind: earmark
      amount: 100000
      rule:
        one_of:
          fact: applicant.territory
          values: [HN-CP, HN-LE]
"""
PAID_FROM = {'clause: "7.2"\n': 'clause: "7.2"\n  funded_from: margin\n'}
MARKS = {"A1": "5", "A2": "4.5", "A3": "4", "B1": "3.5"}


def elsewhere(reference: str, territory: str) -> Application:
    """An application whose members are established in another territory."""
    made = application(reference)
    moved = (member._replace(details=member.details._replace(territory=territory)) for member in made.members)
    return made._replace(members=tuple(moved))


@pytest.fixture
def prepared(tmp_path: Path) -> tuple[Round, str]:
    """Of proposals of 100,000 each three are of the capital, one is of the west; 450,000 can be spent."""
    workspace = open_workspace(tmp_path / "fund")
    money = {"envelope_amount: 9000000": "envelope_amount: 500000"}
    edit(workspace, "calls", CALL, {**money, "allocation:\n": ENVELOPES, **PAID_FROM})
    round_ = publish(workspace)
    round_.receive([application("A1"), application("A2"), application("A3"), elsewhere("B1", "HN-CP")])
    return round_, round_.to_package(MARKS)


def test_cap_holds_and_the_package_tells_what_it_costs(prepared: tuple[Round, str]) -> None:
    round_, package = prepared
    found = show_package(round_.workspace, package)
    references = {number: reference for reference, number in round_.numbers.items()}
    assert {references[item.proposal]: item.outcome for item in found.decisions} == {
        "A1": "award",
        "A2": "award",
        "A3": "reserve",
        "B1": "award",
    }
    capital, west = found.quotas
    assert (capital["code"], capital["displaced"], capital["advanced"]) == ("capital", [round_.numbers["A3"]], [])
    assert (west["code"], west["displaced"], west["advanced"]) == ("west", [], [])


def test_whoever_the_cap_kept_out_is_told_so_in_its_own_language(prepared: tuple[Round, str]) -> None:
    round_, package = prepared
    round_.ratify(package)
    told = explain.explain(round_.workspace, round_.numbers["A3"], "en").text
    assert "The call limits the funds for “Projects in the capital” (clause 6.2)" in " ".join(told.split())
    assert "«Proyectos en la capital»" in " ".join(
        explain.explain(round_.workspace, round_.numbers["A3"], "es").text.split()
    )


def test_decisions_follow_from_the_record(prepared: tuple[Round, str]) -> None:
    round_, package = prepared
    round_.ratify(package)
    assert replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL).differences == ()
    assert verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults == ()


def test_what_if_the_cap_were_higher(prepared: tuple[Round, str]) -> None:
    round_, _ = prepared
    found = what_if(
        round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL, changes={"allocation.envelopes.capital.amount": "300000"}
    )
    assert [(move.proposal, move.before.outcome, move.after.outcome) for move in found.moves] == [
        (round_.numbers["A3"], "reserve", "award")
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Projects in the capital: at most USD 200,000.00 in all (clause 6.2)."),
        ("es", "Proyectos en la capital: como máximo"),
        ("pt", "Projetos na capital: no máximo"),
    ],
)
def test_notice_tells_the_envelopes_in_every_language(tmp_path: Path, language: str, said: str) -> None:
    workspace = open_workspace(tmp_path / "fund")
    edit(workspace, "calls", CALL, {"allocation:\n": ENVELOPES})
    text = " ".join(describe_call(workspace, CALL, language).split())
    assert said in text
