"""What fires, what is refused and why; and that one record and a hundred thousand run by the same rules."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.errors import DefinitionError, NotAuthorisedError, PipgrantsError, RefusedError
from pipgrants.workflow.definition import STAYS, Machine, State, Transition
from pipgrants.workflow.engine import Engine, Fired, Guard

OFFICER = frozenset({"coordination_officer"})
MANAGER = frozenset({"programme_manager"})


@dataclass(frozen=True)
class Checked:
    """The facts of a proposal that its guards read."""

    met: bool = False
    not_met: bool = False
    undetermined: bool = False


GUARDS = (
    Guard[Checked]("all_criteria_met", lambda facts: facts.met, "a criterion is not met"),
    Guard[Checked]("some_criterion_not_met", lambda facts: facts.not_met, "every criterion is met or open"),
    Guard[Checked]("some_criterion_undetermined", lambda facts: facts.undetermined, "no criterion is open"),
)


def way(destination, *guards, trigger="screen", source=("received",), role="coordination_officer", **more):
    return Transition(trigger, source, destination, ("coordination",), (role,), guards=guards, **more)


ELIGIBLE = way("eligible", "all_criteria_met")
SCREENED_OUT = way("screened_out", "some_criterion_not_met")
CLARIFICATION = way("clarification_requested", "some_criterion_undetermined")
WITHDRAW = way("withdrawn", trigger="withdraw", source=("received", "eligible"), reason_required=True)

SCREENING = Machine(
    machine="screening",
    initial="received",
    states={
        name: State(f"It is {name}.")
        for name in ("received", "eligible", "screened_out", "clarification_requested", "withdrawn")
    },
    transitions=(ELIGIBLE, SCREENED_OUT, CLARIFICATION, WITHDRAW),
)


@pytest.fixture(scope="module")
def engine():
    return Engine(SCREENING, GUARDS)


@pytest.mark.parametrize(
    ("facts", "transition"),
    [
        (Checked(met=True), ELIGIBLE),
        (Checked(not_met=True), SCREENED_OUT),
        (Checked(undetermined=True), CLARIFICATION),
        (Checked(not_met=True, undetermined=True), SCREENED_OUT),
        (Checked(met=True, not_met=True, undetermined=True), ELIGIBLE),
    ],
)
def test_fire_takes_the_first_transition_whose_guards_hold(engine, facts, transition):
    fired = engine.fire("received", "screen", facts, roles=OFFICER)
    assert fired == Fired("received", transition.destination, transition)


def test_fire_that_stays_leaves_each_record_where_it_is():
    amend = way(STAYS, trigger="amend", source=("received", "eligible"))
    engine = Engine(replace(SCREENING, transitions=(*SCREENING.transitions, amend)), GUARDS)
    fired = engine.fire_all([(state, Checked()) for state in amend.source], "amend", roles=OFFICER)
    assert list(fired) == [Fired("received", "received", amend), Fired("eligible", "eligible", amend)]


def test_fire_from_each_source_of_a_transition(engine):
    fired = [engine.fire(state, "withdraw", Checked(), roles=OFFICER, reason="x") for state in WITHDRAW.source]
    assert [item.source for item in fired] == ["received", "eligible"]


def test_fire_refused_by_every_guard_says_what_each_found(engine):
    with pytest.raises(RefusedError) as caught:
        engine.fire("received", "screen", Checked(), roles=OFFICER)
    assert caught.value.message == (
        "screen is not possible now: a criterion is not met; every criterion is met or open; no criterion is open"
    )


@pytest.mark.parametrize(
    ("state", "told"), [("eligible", "eligible"), ("withdrawn", "withdrawn"), ("screened_out", "screened out")]
)
def test_fire_not_possible_in_the_state_says_what_the_state_means(engine, state, told):
    with pytest.raises(RefusedError) as caught:
        engine.fire(state, "screen", Checked(met=True), roles=OFFICER)
    assert caught.value.message == f"screen is not possible in the state {told}. It is {state}."
    assert caught.value.next_step == ""


def test_fire_from_a_state_of_another_machine(engine):
    with pytest.raises(RefusedError, match="'ratified' is not a state of the machine 'screening'"):
        engine.fire("ratified", "screen", Checked(), roles=OFFICER)


@pytest.mark.parametrize(("roles", "own"), [(MANAGER, "programme_manager"), (frozenset(), "no role")])
def test_fire_by_another_role(engine, roles, own):
    with pytest.raises(NotAuthorisedError) as caught:
        engine.fire("received", "screen", Checked(met=True), roles=roles)
    assert caught.value.message == f"screen is for coordination_officer of the coordination tier; the actor has {own}"


@pytest.mark.parametrize("reason", [None, "", "  \n"])
def test_fire_without_the_reason_required(engine, reason):
    with pytest.raises(RefusedError, match="withdraw needs a reason"):
        engine.fire("received", "withdraw", Checked(), roles=OFFICER, reason=reason)


def test_fire_role_does_not_decide_where_it_leads():
    """An officer cannot pass by the manager's way by being allowed a later one."""
    transitions = (way("eligible", "all_criteria_met", role="programme_manager"), way("screened_out"))
    engine = Engine(Machine("gate", "received", SCREENING.states, transitions), GUARDS)
    with pytest.raises(NotAuthorisedError):
        engine.fire("received", "screen", Checked(met=True), roles=OFFICER)
    assert engine.fire("received", "screen", Checked(), roles=OFFICER).destination == "screened_out"


def test_fire_error_inside_a_guard_is_not_swallowed():
    def broken(facts):
        raise LookupError("no score on record")

    engine = Engine(
        Machine("broken", "received", SCREENING.states, (ELIGIBLE,)), [Guard("all_criteria_met", broken, "")]
    )
    with pytest.raises(LookupError):
        engine.fire("received", "screen", Checked(), roles=OFFICER)
    with pytest.raises(LookupError):
        list(engine.fire_all([("received", Checked())], "screen", roles=OFFICER))


def test_fire_all_is_lazy_and_stops_at_the_item_refused(engine):
    taken = []

    def items():
        for facts in (Checked(met=True), Checked(), Checked(not_met=True)):
            taken.append(facts)
            yield "received", facts

    fired = engine.fire_all(items(), "screen", roles=OFFICER)
    assert next(fired).destination == "eligible"
    with pytest.raises(RefusedError):
        next(fired)
    assert taken == [Checked(met=True), Checked()]


def test_possible_lists_triggers_in_order(engine):
    assert [engine.possible(state) for state in ("received", "eligible", "withdrawn")] == [
        ("screen", "withdraw"),
        ("withdraw",),
        (),
    ]


@pytest.mark.parametrize(
    ("transition", "message"),
    [
        (way("eligible", "os.system"), "os.system"),
        (way("eligible", source=("*",)), r"'\*'"),
        (way("="), "'='"),
        (way("eligible", trigger="__class__"), "__class__"),
    ],
)
def test_engine_refuses_names_it_does_not_know(transition, message):
    with pytest.raises(DefinitionError, match=message):
        Engine(Machine("gate", "received", SCREENING.states, (transition,)), GUARDS)


def test_fire_clarification_answered_by_either_tier(load_shipped, vocabulary):
    definition = load_shipped("proposal_one_stage")
    engine = Engine(definition, [Guard(name, lambda _: True, "never") for name in vocabulary.guards])
    for role in ("implementing_agency", "coordination_officer"):
        fired = engine.fire("clarification_requested", "clarify", None, roles=frozenset({role}))
        assert fired.destination == "received"
    with pytest.raises(
        NotAuthorisedError, match="implementing_agency or coordination_officer of the implementation or"
    ):
        engine.fire("clarification_requested", "clarify", None, roles=MANAGER)


NAMES = ("a", "b", "c", "d")
TRIGGERS = ("t", "u")
CHECKS = ("g", "h", "i")
ROLES = ("officer", "manager")
WAYS = st.builds(
    Transition,
    trigger=st.sampled_from(TRIGGERS),
    source=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple),
    destination=st.sampled_from((*NAMES, STAYS)),
    tier=st.just(("coordination",)),
    role=st.lists(st.sampled_from(ROLES), min_size=1, unique=True).map(tuple),
    guards=st.lists(st.sampled_from(CHECKS), max_size=3, unique=True).map(tuple),
    reason_required=st.booleans(),
)
DEFINITIONS = st.lists(WAYS, max_size=8).map(
    lambda ways: Machine("random", "a", {name: State(name) for name in NAMES}, tuple(ways))
)
ANSWERS = st.fixed_dictionaries({name: st.sampled_from([True, False, 2, 0, None]) for name in CHECKS})


def by_hand(definition, state, trigger, answers, roles, reason):
    """The rules of the engine, read off the definition."""
    ways = [item for item in definition.transitions if item.trigger == trigger and state in item.source]
    if not ways:
        return RefusedError
    if not any(roles & set(item.role) for item in ways):
        return NotAuthorisedError
    first = next((item for item in ways if all(answers[name] for name in item.guards)), None)
    if first is None:
        return RefusedError
    if not roles & set(first.role):
        return NotAuthorisedError
    if first.reason_required and not reason:
        return RefusedError
    return Fired(state, state if first.destination == STAYS else first.destination, first)


def outcome(act):
    try:
        return act()
    except PipgrantsError as error:
        return type(error), str(error)


@given(
    definition=DEFINITIONS,
    state=st.sampled_from((*NAMES, "unknown")),
    trigger=st.sampled_from((*TRIGGERS, "unknown")),
    answers=ANSWERS,
    roles=st.frozensets(st.sampled_from(ROLES)),
    reason=st.sampled_from([None, "", "moved"]),
)
def test_fire_and_fire_all_are_equal_on_random_machines(definition, state, trigger, answers, roles, reason):
    engine = Engine(definition, [Guard(name, lambda facts, name=name: facts[name], f"no {name}") for name in CHECKS])
    single = outcome(lambda: engine.fire(state, trigger, answers, roles=roles, reason=reason))
    bulk = outcome(lambda: next(engine.fire_all([(state, answers)], trigger, roles=roles, reason=reason)))
    assert single == bulk
    expected = by_hand(definition, state, trigger, answers, roles, reason)
    assert (single if isinstance(single, Fired) else single[0]) == expected


@given(definition=DEFINITIONS, items=st.lists(st.tuples(st.sampled_from(NAMES), ANSWERS), max_size=10))
def test_fire_all_equals_firing_each(definition, items):
    engine = Engine(definition, [Guard(name, lambda facts, name=name: facts[name], f"no {name}") for name in CHECKS])
    roles = frozenset(ROLES)
    each = outcome(lambda: [engine.fire(state, "t", facts, roles=roles, reason="moved") for state, facts in items])
    bulk = outcome(lambda: list(engine.fire_all(items, "t", roles=roles, reason="moved")))
    assert each == bulk
