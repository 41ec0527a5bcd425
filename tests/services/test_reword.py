"""Templates that a call keeps: none with a mistake, and others only once another person has approved them."""

import pytest

from pipgrants.errors import DefinitionError, NotAuthorisedError, RefusedError
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.calls import draft_call
from pipgrants.services.letters import preview
from pipgrants.services.reword import reword_call
from pipgrants.services.workspace import Workspace
from rounds import (
    AFTER_DRAW,
    BEFORE_OPENING,
    CALL,
    WHILE_OPEN,
    Round,
    activate,
    application,
    as_,
    call_state,
    draft,
    publish,
    reword,
)

RECEIPT, DECLINE, NOTICE = "letters/receipt.es.j2", "letters/decline.es.j2", "notices/notice.es.j2"
UNKNOWN_NAME = "{% extends 'letters/base.es.j2' %}\n\n{% block decision %}{{ nobody }}{% endblock %}"
FAILS_FOR_SOME = "{% if proposal.number == 'PIP1-000001' %}{% for one in 1 %}{% endfor %}{% endif %}"


def prepare(workspace: Workspace, reason: str = "Errata") -> str:
    return reword_call(workspace, as_("olga"), AFTER_DRAW, call=CALL, reason=reason).package


@pytest.fixture
def stuck(workspace: Workspace) -> tuple[Round, str]:
    """A ratified round whose receipts cannot be made for the first applicant, and the receipt as it should be."""
    good = (workspace.folder / "templates" / RECEIPT).read_text(encoding="utf-8")
    reword(workspace, RECEIPT, good.replace("{% block decision %}", "{% block decision %}" + FAILS_FOR_SOME, 1))
    round_ = publish(workspace)
    round_.receive([application("A1"), application("A2")])
    return round_, good


def test_a_call_is_not_drafted_with_a_template_that_makes_no_letter(workspace: Workspace) -> None:
    activate(workspace)
    reword(workspace, DECLINE, UNKNOWN_NAME)
    with pytest.raises(DefinitionError) as refused:
        draft_call(workspace, as_("olga"), BEFORE_OPENING, file=CALL)
    assert [(problem.file, problem.line) for problem in refused.value.problems] == [(DECLINE, 3)]


def test_a_call_is_not_drafted_with_a_notice_that_cannot_be_made(workspace: Workspace) -> None:
    activate(workspace)
    reword(workspace, NOTICE, "{% block purpose %}{{ nobody }}{% endblock %}")
    with pytest.raises(DefinitionError, match="no call can keep these templates") as refused:
        draft_call(workspace, as_("olga"), BEFORE_OPENING, file=CALL)
    assert [(problem.file, problem.line) for problem in refused.value.problems] == [(NOTICE, 1)]


def test_edited_templates_are_previewed_as_a_draft_before_any_call_keeps_them(workspace: Workspace) -> None:
    round_ = publish(workspace)
    round_.receive([application("A1")])
    round_.release(WHILE_OPEN)
    number, kept = round_.numbers["A1"], (workspace.folder / "templates" / RECEIPT).read_text(encoding="utf-8")
    reword(workspace, RECEIPT, kept.replace("Hemos recibido", "Tenemos ya"))
    released, edited = preview(workspace, number), preview(workspace, number, edited=True)
    assert ("Tenemos ya" in released.text, "BORRADOR" in released.title) == (False, False)
    assert ("Tenemos ya" in edited.text, "BORRADOR" in edited.title) == (True, True)
    reword(workspace, RECEIPT, UNKNOWN_NAME)
    with pytest.raises(RefusedError, match=r"letters/receipt\.es\.j2:3: .*nobody"):
        preview(workspace, number, edited=True)
    assert preview(workspace, number) == released


def test_letters_that_wait_are_made_from_the_templates_approved(stuck: tuple[Round, str]) -> None:
    round_, good = stuck
    assert [number for number, _ in round_.release(WHILE_OPEN).refused] == ["L-000001"]
    round_.to_package({"A1": "4", "A2": "3"})
    round_.ratify(package_waiting(round_))
    released = round_.letters("A2")[0]
    reword(round_.workspace, RECEIPT, good)
    package = prepare(round_.workspace)
    round_.ratify(package)
    assert call_state(round_.workspace) == "ratified"
    assert round_.letters("A2")[0] == released
    [entry] = round_.entries(act="CallReworded")
    waiting = [letter.number for letter in round_.letters() if letter.released_on is None]
    assert (entry["reason"], entry["inputs"]["letters"]) == ("Errata", waiting)
    done = round_.release(AFTER_DRAW)
    assert (done.refused, dict(done.kinds), call_state(round_.workspace)) == (
        [],
        {"receipt": 1, "award": 2},
        "released",
    )
    assert verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults == ()
    assert replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL).differences == ()


def package_waiting(round_: Round) -> str:
    with round_.workspace.read() as unit:
        return unit.packages.waiting()[0].hash


def test_whoever_prepared_other_templates_does_not_approve_them(round_: Round) -> None:
    reword(round_.workspace)
    package = prepare(round_.workspace)
    with pytest.raises(NotAuthorisedError):
        round_.ratify(package, by="olga")


def test_templates_that_changed_since_they_were_prepared_are_those_approved(round_: Round) -> None:
    reword(round_.workspace)
    first = prepare(round_.workspace)
    reword(round_.workspace)
    second = prepare(round_.workspace)
    with pytest.raises(RefusedError, match="is superseded"):
        round_.ratify(first)
    round_.ratify(second)
    with pytest.raises(RefusedError, match=f"{CALL} keeps these templates already"):
        prepare(round_.workspace)


def test_other_templates_with_a_mistake_are_refused(round_: Round) -> None:
    reword(round_.workspace, DECLINE, UNKNOWN_NAME)
    with pytest.raises(DefinitionError, match="no call can keep these templates"):
        prepare(round_.workspace)


def test_other_templates_need_a_reason(round_: Round) -> None:
    reword(round_.workspace)
    with pytest.raises(RefusedError, match="needs a reason"):
        round_.ratify(prepare(round_.workspace, reason=" "))


def test_a_call_that_is_not_authorised_is_drafted_again_instead(workspace: Workspace) -> None:
    activate(workspace)
    draft(workspace)
    reword(workspace)
    with pytest.raises(RefusedError, match="is not authorised yet"):
        prepare(workspace)
