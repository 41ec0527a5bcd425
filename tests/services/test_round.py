"""A thin round from end to end: one programme, one call, ten proposals, two people, trail, ratification, letters."""

from decimal import Decimal

import orjson
import pytest

from pipgrants.errors import RefusedError
from pipgrants.services import allocate, rank, ratify, screen
from pipgrants.services.release import release
from rounds import AFTER_DEADLINE, AFTER_DRAW, Round, application, as_


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Round:
    from rounds import open_workspace, publish

    round_ = publish(open_workspace(tmp_path_factory.mktemp("agency") / "ws"))
    applications = [application(f"A{place}") for place in range(1, 9)]
    applications.append(application("A9", counterpart="80000"))
    applications.append(application("A10", agreement=False))
    numbers = round_.receive(applications)
    screen.screen(round_.workspace, as_("olga"), AFTER_DEADLINE, call=round_.call)
    marks = {numbers[f"A{place}"]: Decimal(5) - Decimal(place - 1) / 2 for place in range(1, 9)}
    marks[numbers["A10"]] = Decimal("4.5")
    round_.score({**marks, numbers["A9"]: Decimal(0)})
    return round_


def test_screening_finds_who_is_eligible(finished: Round) -> None:
    states = finished.states()
    assert states[finished.numbers["A9"]] in {"screened_out", "ineligible", "notified"}
    assert [states[finished.numbers[f"A{n}"]] for n in (1, 10)] == ["eligible", "eligible"]


def test_round_runs_to_the_letters(finished: Round) -> None:
    workspace, call = finished.workspace, finished.call
    with pytest.raises(RefusedError, match="tied"):
        rank.rank_call(workspace, as_("olga"), AFTER_DRAW, call=call)
    draw = workspace.folder / "draw.txt"
    draw.write_text("official results")
    numbers = {"Powerball": [1, 2, 3, 4, 5, 6], "EuroMillions": [1, 2, 3, 4, 5, 6, 7]}
    rank.enter_draw(workspace, as_("olga"), AFTER_DRAW, call=call, numbers=numbers, evidence=draw)
    ranked = rank.rank_call(workspace, as_("olga"), AFTER_DRAW, call=call)
    assert len(ranked.ranking) == 9
    proposed = allocate.prepare_allocation(workspace, as_("olga"), AFTER_DRAW, call=call)
    with pytest.raises(RefusedError, match="prepared package"):
        from pipgrants.domain.vocabulary import Role
        from pipgrants.services import people
        from rounds import BEFORE_OPENING

        people.grant_role(workspace, as_("admin"), BEFORE_OPENING, actor="olga", role=Role.PROGRAMME_MANAGER)
        ratify.ratify(workspace, as_("olga"), AFTER_DRAW, package=proposed.package)
    ratified = ratify.ratify(workspace, as_("marcos"), AFTER_DRAW, package=proposed.package)
    assert ratified.determinations == {"award": 5, "conditional_award": 1, "decline": 3, "ineligible": 1}
    released = release(workspace, as_("olga"), AFTER_DRAW, call=call)
    assert released.kinds == {
        "receipt": 10,
        "award": 5,
        "conditional_award": 1,
        "decline": 3,
        "ineligible": 1,
    }
    assert set(finished.states().values()) == {"notified"}
    texts = sorted(path.name for path in released.folder.glob("*.txt"))
    assert len(texts) == 20
    with workspace.read() as unit:
        sequences = [orjson.loads(entry.content)["sequence"] for entry in unit.ledger.entries()]
    assert sequences == list(range(1, len(sequences) + 1))
