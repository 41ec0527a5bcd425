"""Invitations: which of the ranked profiles may submit a full proposal.

Going down the ranking, a profile that failed a threshold, or has less than the minimum total of the invitation, is not
invited. Of the others are invited the first ``maximum_count``, or all, or those above a line that money sets:

1. The line is a total; all profiles that have it are invited together.
2. Of the totals on which it can lie, those are left out with which the profiles invited ask together for less than
   ``requests_times_envelope_minimum`` times the envelope; where with every total they ask for less, all are invited.
3. Of the rest the line lies on the total with which they ask for what is closest to ``requests_times_envelope`` times
   the envelope; of two equally close ones on the lower, which invites more.

Horizon Europe sets the line of a first stage with three and two and a half times: Work Programme, General Annexes,
annex D (award criteria, scores and thresholds), as its standard evaluation form for research and innovation actions
repeats it (version 2.0 of 26 April 2022, two-stage calls). Rule 1 and the choice between two equally close totals are
ours: the sources leave both open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate, groupby
from operator import attrgetter

from pipgrants.domain.allocation import check_requests
from pipgrants.domain.call import ZERO, InvitationTerms
from pipgrants.domain.determination import BELOW_MINIMUM, Determination, reasons
from pipgrants.domain.finding import Finding, Note, Plain
from pipgrants.domain.plain import exact_sum, plain_number
from pipgrants.domain.ranking import RankedProposal
from pipgrants.domain.vocabulary import Outcome, Verdict
from pipgrants.money import EXACT

INVITED = "invitation.invited"
BELOW_MINIMUM_TOTAL = "invitation.below_minimum_total"
BEYOND_MAXIMUM_COUNT = "invitation.beyond_maximum_count"
BELOW_LINE = "invitation.below_line"


def invite(
    ranked: Iterable[RankedProposal],
    terms: InvitationTerms,
    below_threshold: Mapping[str, Sequence[Finding]],
    requests: Mapping[str, Decimal],
    envelope_amount: Decimal,
) -> tuple[Determination, ...]:
    """The determinations of ranked profiles, in rank order.

    ``below_threshold`` gives the thresholds of the score by number of profile, for those that failed one; ``requests``
    the amounts asked for by number, in the envelope's currency. Raises RefusedError where the line is set by money and
    a profile asks for none.
    """
    profiles = sorted(ranked, key=attrgetter("rank"))
    refusals = {
        profile.number: _too_low(profile, terms, below_threshold.get(profile.number, ())) for profile in profiles
    }
    passing = [profile for profile in profiles if not refusals[profile.number]]
    refusals |= _beyond(passing, terms, requests, envelope_amount)
    return tuple(_determination(profile, terms, refusals[profile.number]) for profile in profiles)


def line_total(
    passing: Sequence[RankedProposal],
    requests: Mapping[str, Decimal],
    envelope_amount: Decimal,
    times: Decimal,
    minimum_times: Decimal,
) -> Decimal | None:
    """The lowest total that is invited among profiles in rank order; None where there are none."""
    groups = [(total, [*group]) for total, group in groupby(passing, key=attrgetter("total"))]
    asked = accumulate(exact_sum(requests[profile.number] for profile in group) for _, group in groups)
    lines = [(total, amount) for (total, _), amount in zip(groups, asked, strict=True)]
    least, aim = (EXACT.multiply(factor, envelope_amount) for factor in (minimum_times, times))
    enough = [line for line in lines if line[1] >= least] or lines[-1:]
    return min(enough, key=lambda line: (abs(EXACT.subtract(line[1], aim)), line[0]))[0] if enough else None


def _too_low(profile: RankedProposal, terms: InvitationTerms, thresholds: Sequence[Finding]) -> tuple[Note, ...]:
    if below := reasons(BELOW_MINIMUM, thresholds, Verdict.NOT_MET):
        return below
    if terms.minimum_total is not None and profile.total < terms.minimum_total:
        return (_note(BELOW_MINIMUM_TOTAL, terms, required=terms.minimum_total, seen=profile.total),)
    return ()


def _beyond(
    passing: Sequence[RankedProposal], terms: InvitationTerms, requests: Mapping[str, Decimal], envelope: Decimal
) -> dict[str, tuple[Note, ...]]:
    """Why profiles that pass are not invited: the number of places, or the line."""
    if terms.maximum_count is not None:
        note = _note(BEYOND_MAXIMUM_COUNT, terms, maximum=terms.maximum_count)
        return {profile.number: (note,) for profile in passing[terms.maximum_count :]}
    times, minimum_times = terms.requests_times_envelope, terms.requests_times_envelope_minimum
    if times is None:
        return {}
    check_requests(passing, requests)
    line = line_total(passing, requests, envelope, times, minimum_times or ZERO)
    return {
        profile.number: (_note(BELOW_LINE, terms, required=line, seen=profile.total, times=times),)
        for profile in passing
        if line is not None and profile.total < line
    }


def _determination(profile: RankedProposal, terms: InvitationTerms, refusals: tuple[Note, ...]) -> Determination:
    outcome = Outcome.PROFILE_NOT_INVITED if refusals else Outcome.PROFILE_INVITED
    return Determination(profile.number, outcome, ZERO, refusals or (_note(INVITED, terms, seen=profile.total),))


def _note(code: str, terms: InvitationTerms, **numbers: Decimal | int) -> Note:
    values: dict[str, Plain] = {name: {"number": plain_number(number)} for name, number in numbers.items()}
    return Note(code, {**values, "clause": terms.clause})
