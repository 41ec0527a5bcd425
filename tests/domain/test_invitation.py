"""Invitations: profiles in rank order, up to a number, or above a line that the money sets."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.call import InvitationTerms
from pipgrants.domain.finding import Finding, Note
from pipgrants.domain.invitation import invite, line_total
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Outcome, Verdict
from pipgrants.errors import RefusedError

TRUST_TOO_LOW = Finding(
    "evaluation.minimum.trust", Verdict.NOT_MET, {"comparison": "at_least", "number": "2"}, {"number": "1.5"}, "6.1"
)
THREE_TIMES = InvitationTerms(
    "rules 4", requests_times_envelope=Decimal(3), requests_times_envelope_minimum=Decimal("2.5")
)


def invited(terms, *totals, below_threshold=(), asking=(), envelope=100):
    ranked = [RankedProposal(rank, f"P-{rank}", Decimal(total)) for rank, total in enumerate(totals, 1)]
    requests = {f"P-{rank}": Decimal(amount) for rank, amount in enumerate(asking, 1)}
    failed = dict.fromkeys(below_threshold, (TRUST_TOO_LOW,))
    decisions = invite(ranked[::-1], terms, failed, requests, Decimal(envelope))
    assert [decision.number for decision in decisions] == [place.number for place in ranked]
    return [(decision.outcome, decision.reasons[0].code) for decision in decisions]


INVITED = (Outcome.PROFILE_INVITED, "invitation.invited")
TOO_LOW = (Outcome.PROFILE_NOT_INVITED, "invitation.below_minimum_total")
TOO_MANY = (Outcome.PROFILE_NOT_INVITED, "invitation.beyond_maximum_count")
BELOW_LINE = (Outcome.PROFILE_NOT_INVITED, "invitation.below_line")
FAILED = (Outcome.PROFILE_NOT_INVITED, "evaluation.below_minimum")


def test_all_profiles_are_invited_where_the_call_sets_no_limit():
    assert invited(InvitationTerms("rules 4"), 90, 1) == [INVITED, INVITED]


def test_profiles_are_invited_in_rank_order_up_to_the_maximum_count():
    assert invited(InvitationTerms("rules 4", maximum_count=2), 90, 80, 70) == [INVITED, INVITED, TOO_MANY]


def test_profile_that_reaches_the_minimum_total_is_invited():
    terms = InvitationTerms("rules 4", minimum_total=Decimal(60))
    assert invited(terms, "60", "59.9999") == [INVITED, TOO_LOW]


def test_profile_below_a_threshold_is_not_invited_and_takes_no_place():
    terms = InvitationTerms("rules 4", maximum_count=1)
    assert invited(terms, 90, 80, 70, below_threshold=["P-1"]) == [FAILED, INVITED, TOO_MANY]


def test_refusal_of_a_profile_says_what_was_required_and_seen():
    terms = InvitationTerms("rules 4", minimum_total=Decimal(60))
    (decision,) = invite([RankedProposal(1, "P-1", Decimal("59.5000"))], terms, {}, {}, Decimal(100))
    assert decision.reasons == (
        Note(
            "invitation.below_minimum_total",
            {"required": {"number": "60"}, "seen": {"number": "59.5"}, "clause": "rules 4"},
        ),
    )


class TestLineSetByMoney:
    """An envelope of 100, so that the line aims at requests of 300, and no less than 250."""

    def test_line_lies_where_requests_come_closest_to_three_times_the_envelope(self):
        asked = [90, 100, 100, 100]  # 90, 190, 290, 390: 290 is closest to 300
        assert invited(THREE_TIMES, 10, "9.5", 9, "8.5", asking=asked) == [INVITED] * 3 + [BELOW_LINE]

    def test_line_may_lie_beyond_three_times_where_that_is_closer(self):
        asked = [130, 130, 60, 60]  # 130, 260, 320, 380: 320 is closer to 300 than 260
        assert invited(THREE_TIMES, 10, "9.5", 9, "8.5", asking=asked) == [INVITED] * 3 + [BELOW_LINE]

    def test_closest_below_two_and_a_half_times_is_no_line(self):
        asked = [120, 120, 130, 60]  # 120, 240, 370: 240 is closer to 300, and less than 250
        assert invited(THREE_TIMES, 10, "9.5", 9, "8.5", asking=asked) == [INVITED] * 3 + [BELOW_LINE]

    def test_exactly_two_and_a_half_times_is_enough(self):
        assert invited(THREE_TIMES, 10, 9, asking=[250, 101]) == [INVITED, BELOW_LINE]

    def test_of_two_lines_equally_close_the_lower_one_invites_more(self):
        assert invited(THREE_TIMES, 10, 9, 8, asking=[280, 40, 40]) == [INVITED, INVITED, BELOW_LINE]

    def test_profiles_with_the_same_total_are_invited_together(self):
        asked = [100, 100, 100, 100, 100]  # the three with 9.5 stand on one side of the line: 100, 400, 500
        assert invited(THREE_TIMES, 10, "9.5", "9.5", "9.5", 8, asking=asked) == [INVITED] * 4 + [BELOW_LINE]

    def test_all_that_pass_are_invited_where_they_ask_for_less_together(self):
        assert invited(THREE_TIMES, 10, 8, asking=[100, 100]) == [INVITED, INVITED]

    def test_best_total_is_invited_even_where_it_alone_asks_for_far_more(self):
        assert invited(THREE_TIMES, 10, 10, 8, asking=[500, 500, 10]) == [INVITED, INVITED, BELOW_LINE]

    def test_what_failed_profiles_ask_for_does_not_move_the_line(self):
        found = invited(THREE_TIMES, 10, 9, 8, 7, asking=[100, 300, 100, 100], below_threshold=["P-2"])
        assert found == [INVITED, FAILED, INVITED, INVITED]

    def test_without_a_least_the_closest_counts_alone(self):
        terms = InvitationTerms("rules 4", requests_times_envelope=Decimal(3))
        assert invited(terms, 10, "9.5", 9, asking=[120, 120, 130]) == [INVITED, INVITED, BELOW_LINE]

    def test_refusal_names_line_total_and_times(self):
        ranked = [RankedProposal(1, "P-1", Decimal(10)), RankedProposal(2, "P-2", Decimal(8))]
        requests = {"P-1": Decimal(300), "P-2": Decimal(300)}
        _, refused = invite(ranked, THREE_TIMES, {}, requests, Decimal(100))
        numbers = {name: {"number": text} for name, text in (("required", "10"), ("seen", "8"), ("times", "3"))}
        assert refused.reasons == (Note("invitation.below_line", {**numbers, "clause": "rules 4"}),)

    def test_profile_that_asks_for_no_amount_is_named(self):
        with pytest.raises(RefusedError, match=r"ask for no amount.*P-1"):
            invited(THREE_TIMES, 10)

    def test_nobody_passes(self):
        assert invited(THREE_TIMES, 10, asking=[1], below_threshold=["P-1"]) == [FAILED]

    @given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 400)), min_size=1, max_size=12), st.integers(1, 200))
    def test_no_other_line_that_reaches_the_least_is_closer(self, profiles, envelope):
        totals = sorted((total for total, _ in profiles), reverse=True)
        ranked = [RankedProposal(rank, f"P-{rank}", Decimal(total)) for rank, total in enumerate(totals, 1)]
        requests = {f"P-{rank}": Decimal(amount) for rank, (_, amount) in enumerate(profiles, 1)}
        line = line_total(ranked, requests, Decimal(envelope), Decimal(3), Decimal("2.5"))

        def asked(total):
            return sum(requests[profile.number] for profile in ranked if profile.total >= total)

        others = [asked(total) for total in totals if asked(total) >= Decimal("2.5") * envelope]
        if others:
            assert asked(line) in others
            assert abs(asked(line) - 3 * envelope) == min(abs(amount - 3 * envelope) for amount in others)
        else:
            assert line == totals[-1]


@pytest.mark.parametrize(
    "terms",
    [
        {"requests_times_envelope": Decimal(3), "maximum_count": 10},
        {"requests_times_envelope_minimum": Decimal(2)},
        {"requests_times_envelope": Decimal(2), "requests_times_envelope_minimum": Decimal(3)},
    ],
)
def test_terms_that_contradict_each_other_are_refused(terms):
    with pytest.raises(ValueError):
        InvitationTerms("rules 4", **terms)
