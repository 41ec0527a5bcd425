"""A call may be stricter than its programme's operating criteria, never laxer (PIP, duties of the management tier).

Compared are the clauses in force on the day the call opens; of one clause number the latest version stands. A
counterpart that is a share of the grant says nothing of the proposal, part of which others may pay: it never keeps to a
share of the proposal. A tolerance of one minor unit of the currency is rounding; any more is laxer.

What is said of support goes for the calls that support the preparation of proposals: a limited number of times for each
locality, and in the programme's first years (PIP, "The proposal selection process").
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from pipgrants.domain.call import Base, Call, CounterpartRule
from pipgrants.domain.consistency import check_consistency
from pipgrants.domain.hierarchies import is_territory_code
from pipgrants.domain.mistakes import DefinitionMistake, fits_currency, unfit_amount
from pipgrants.domain.plain import plain_amount, plain_number
from pipgrants.domain.programme import REQUIRED_QUALITIES, OperatingCriterion, Programme
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import Language, SubsidyType, Tier
from pipgrants.money import EXACT, Money, Rounding, minor_digits

LIMITS = (
    "minimum_counterpart_share",
    "maximum_grant_share",
    "maximum_grant_amount",
    "subsidy_types",
    "selection_headings",
    "eligible_costs",
    "ineligible_sources",
    "support_first_years",
    "support_awards_per_locality",
)
"""The keys of an operating criterion of which exactly one is set."""

EXCEEDS_ENVELOPE = "envelope.exceeds_programme"
"""The code of the mistake by which a call and the other open calls have more money than their programme."""

_DUTIES = (Tier.MANAGEMENT, Tier.COORDINATION, Tier.IMPLEMENTATION)


def check_call(call: Call, programme: Programme, other_open_envelopes: Decimal) -> tuple[DefinitionMistake, ...]:
    """All the ways in which a call contradicts itself or is laxer than its programme.

    ``other_open_envelopes`` is the sum of the envelopes of the programme's other open calls, in its currency.
    """
    return (*check_consistency(call), *check_against(call, programme, other_open_envelopes))


def check_against(call: Call, programme: Programme, other_open_envelopes: Decimal) -> tuple[DefinitionMistake, ...]:
    """All the ways in which a call is laxer than its programme, each naming the programme's clause."""
    found = list(_money_mistakes(call, programme, other_open_envelopes))
    for criterion in in_force(programme, call.window.opens_at.date()):
        found.extend(_laxer_than(criterion, call))
        if call.subsidy_type is SubsidyType.PREPARATION_SUPPORT:
            found.extend(_support(criterion, call, programme.begins_on))
    return tuple(found)


def in_force(programme: Programme, on: date) -> tuple[OperatingCriterion, ...]:
    """The operating criteria in force on a day: of each clause the version dated last, not after that day."""
    latest: dict[str, OperatingCriterion] = {}
    for criterion in sorted(programme.operating_criteria, key=lambda criterion: criterion.in_force_from):
        if criterion.in_force_from <= on:
            latest[criterion.clause] = criterion
    return tuple(latest.values())


def _money_mistakes(call: Call, programme: Programme, other_open_envelopes: Decimal) -> Iterator[DefinitionMistake]:
    if call.programme != programme.programme:
        values = {"programme": call.programme, "expected": programme.programme}
        message = f"the call belongs to the programme {call.programme!r}, not to {programme.programme!r}"
        yield DefinitionMistake("call.other_programme", message, "", "programme", values)
    if call.currency != programme.currency:
        values = {"currency": call.currency, "expected": programme.currency}
        message = f"the call is in {call.currency}, its programme in {programme.currency}"
        yield DefinitionMistake("call.other_currency", message, "", "currency", values)
        return
    left = EXACT.subtract(programme.envelope_amount, other_open_envelopes)
    if call.envelope_amount > left:
        envelope, rest = Money(call.envelope_amount, call.currency), Money(left, call.currency)
        message = f"the envelope of {envelope} exceeds the {rest} that the programme has left"
        values = {
            "envelope_amount": plain_amount(*envelope),
            "left_amount": plain_amount(*rest),
            "currency": call.currency,
        }
        yield DefinitionMistake(EXCEEDS_ENVELOPE, message, "", "envelope_amount", values)


def _laxer_than(criterion: OperatingCriterion, call: Call) -> Iterator[DefinitionMistake]:
    if criterion.minimum_counterpart_share is not None:
        yield from _counterpart_share(criterion, criterion.minimum_counterpart_share, call)
    if criterion.maximum_grant_share is not None:
        yield from _grant_share(criterion, criterion.maximum_grant_share, call)
    if criterion.maximum_grant_amount is not None:
        yield from _grant_amount(criterion, criterion.maximum_grant_amount, call)
    if criterion.subsidy_types and call.subsidy_type not in criterion.subsidy_types:
        expected = f"one of: {', '.join(criterion.subsidy_types)}"
        yield _laxer("subsidy_type", criterion, "subsidy_type", expected, call.subsidy_type.value)
    if criterion.eligible_costs:
        yield from _eligible_costs(criterion, call)
    headings = {item.heading for item in call.rubric.criteria}
    for heading in criterion.selection_headings:
        if heading not in headings:
            expected = f"a criterion under the heading {heading!r}"
            yield _laxer("selection_heading", criterion, "rubric.criteria", expected, "none")
    refused = call.counterpart.ineligible_sources if call.counterpart is not None else criterion.ineligible_sources
    for source in criterion.ineligible_sources:
        if source not in refused:
            yield _laxer("ineligible_source", criterion, "counterpart.ineligible_sources", source.value, "not listed")


def _laxer(code: str, criterion: OperatingCriterion, key: str, required: str, seen: str) -> DefinitionMistake:
    clause = f"operating criterion {criterion.clause} (in force from {criterion.in_force_from})"
    message = f"{key}: {clause} requires {required}; the call has {seen}"
    values = {"key": key, "required": required, "seen": seen, "in_force_from": str(criterion.in_force_from)}
    return DefinitionMistake(f"laxer.{code}", message, criterion.clause, key, values)


def _counterpart_share(criterion: OperatingCriterion, share: Decimal, call: Call) -> Iterator[DefinitionMistake]:
    required = f"at least {plain_number(share)} of the proposal"
    rule = call.counterpart
    if rule is None:
        if share > 0:
            yield _laxer("counterpart", criterion, "counterpart", required, "no counterpart rule")
        return
    if rule.of is Base.GRANT and share > 0:
        seen = f"a share of the grant, whatever else pays for the proposal; write of: {Base.PROPOSAL}"
        yield _laxer("counterpart", criterion, "counterpart.of", required, seen)
        return
    lowest = _lowest_accepted(rule)
    if lowest < share:
        seen = f"{plain_number(rule.minimum_share)} of the {rule.of}"
        if lowest != rule.minimum_share:
            seen += f", which its rounding lowers to {plain_number(lowest)}"
        yield _laxer("counterpart", criterion, "counterpart.minimum_share", required, seen)
    yield from _tolerance(criterion, "counterpart.tolerance_amount", rule.tolerance_amount, call)


def _lowest_accepted(rule: CounterpartRule) -> Decimal:
    """The lowest share that passes once it is rounded as declared."""
    if rule.share_decimals is None:
        return rule.minimum_share
    step = Decimal(1).scaleb(-rule.share_decimals)
    steps, rest = divmod(rule.minimum_share, step)
    reached = EXACT.multiply(steps + (1 if rest else 0), step)
    return reached if rule.rounding is Rounding.DOWN else EXACT.subtract(reached, EXACT.multiply(step, Decimal("0.5")))


def _tolerance(criterion: OperatingCriterion, key: str, tolerance: Decimal, call: Call) -> Iterator[DefinitionMistake]:
    minor_unit = Decimal(1).scaleb(-minor_digits(call.currency))
    if tolerance > minor_unit:
        yield _laxer("tolerance", criterion, key, f"at most {minor_unit} of tolerance", plain_number(tolerance))


def _grant_share(criterion: OperatingCriterion, share: Decimal, call: Call) -> Iterator[DefinitionMistake]:
    required, maximum = f"at most {plain_number(share)} of the proposal", call.grant.maximum_share
    if maximum is None or maximum > share:
        seen = "no maximum" if maximum is None else plain_number(maximum)
        yield _laxer("grant_share", criterion, "grant.maximum_share", required, seen)
    yield from _tolerance(criterion, "grant.tolerance_amount", call.grant.tolerance_amount, call)


def _grant_amount(criterion: OperatingCriterion, amount: Decimal, call: Call) -> Iterator[DefinitionMistake]:
    maximum = call.grant.maximum_amount
    if maximum is None or maximum > amount:
        required = f"at most {Money(amount, call.currency)}"
        seen = "no maximum" if maximum is None else str(Money(maximum, call.currency))
        yield _laxer("grant_amount", criterion, "grant.maximum_amount", required, seen)


def _eligible_costs(criterion: OperatingCriterion, call: Call) -> Iterator[DefinitionMistake]:
    required = f"no costs but: {', '.join(criterion.eligible_costs)}"
    if call.eligible_costs is None:
        yield _laxer("eligible_costs", criterion, "eligible_costs", required, "no eligible costs, which allows all")
        return
    wider = [category for category in call.eligible_costs.categories if category not in criterion.eligible_costs]
    if wider:
        yield _laxer("eligible_costs", criterion, "eligible_costs.categories", required, f"also: {', '.join(wider)}")


def _support(criterion: OperatingCriterion, call: Call, begins_on: date | None) -> Iterator[DefinitionMistake]:
    if criterion.support_first_years is not None and begins_on is not None:
        end = _years_after(begins_on, criterion.support_first_years)
        last = (call.second_window or call.window).closes_at.date()
        if last >= end:
            key = "second_window.closes_at" if call.second_window else "window.closes_at"
            required = f"support within the first {criterion.support_first_years} years, before {end}"
            yield _laxer("support_first_years", criterion, key, required, str(last))
    most = criterion.support_awards_per_locality
    maximum = call.allocation.maximum_awards_per_locality
    if most is not None and (maximum is None or maximum > most):
        required = f"at most {most} for each locality"
        seen = "no maximum" if maximum is None else str(maximum)
        yield _laxer("support_per_locality", criterion, "allocation.maximum_awards_per_locality", required, seen)


def _years_after(day: date, years: int) -> date:
    """The same day some years later; 1 March for 29 February in a year that has none."""
    later = min(day.year + years, date.max.year)
    try:
        return day.replace(year=later)
    except ValueError:
        return date(later, 3, 1)


def check_programme(programme: Programme, today: date) -> tuple[DefinitionMistake, ...]:
    """All that is wrong with a programme in itself: tiers, their qualities, clauses, money, texts, territories.

    Nothing that it says was done can lie after ``today``.
    """
    checks = (
        _tier_mistakes,
        _quality_mistakes,
        _clause_mistakes,
        _source_mistakes,
        _text_mistakes,
        _territory_mistakes,
    )
    return (*_future_dates(programme, today), *(mistake for check in checks for mistake in check(programme)))


def _future_dates(programme: Programme, today: date) -> Iterator[DefinitionMistake]:
    dated = {f"tiers.{tier}.designated_on": entity.designated_on for tier, entity in programme.tiers.items()}
    for place, review in enumerate(programme.reviews, 1):
        if review.done_on is not None:
            dated[f"reviews.{place}.done_on"] = review.done_on
    for key, day in dated.items():
        if day > today:
            message = f"{key} is {day}, which is still to come (today is {today})"
            yield DefinitionMistake("programme.date_to_come", message, "", key, {"key": key, "date": str(day)})


def _tier_mistakes(programme: Programme) -> Iterator[DefinitionMistake]:
    for tier in _DUTIES:
        if tier not in programme.tiers and tier not in programme.stands_in:
            message = f"no entity is designated at the tier {tier}; say in stands_in which tier performs its duties"
            yield DefinitionMistake("tier.absent", message, "", "tiers", {"tier": tier.value})
    for name in sorted({*programme.tiers, *programme.stands_in} - set(Tier)):
        message = f"unknown tier {str(name)!r}; allowed: {', '.join(Tier)}"
        key = f"tiers.{name}" if name in programme.tiers else f"stands_in.{name}"
        yield DefinitionMistake("tier.unknown", message, "", key, {"tier": str(name)})
    for tier, substitute in programme.stands_in.items():
        values = {"tier": str(tier), "stands_in": substitute.value}
        if tier in programme.tiers:
            message = f"the tier {tier} has an entity of its own; nobody stands in for it"
            yield DefinitionMistake("tier.needless_stand_in", message, "", f"stands_in.{tier}", values)
        if substitute not in programme.tiers:
            message = f"{substitute} cannot stand in for {tier}: no entity is designated at it"
            yield DefinitionMistake("tier.unknown_stand_in", message, "", f"stands_in.{tier}", values)


def _quality_mistakes(programme: Programme) -> Iterator[DefinitionMistake]:
    for tier, entity in programme.tiers.items():
        required = REQUIRED_QUALITIES.get(tier, ())
        for quality in required:
            if not entity.evidence.get(quality, "").strip():
                message = f"{entity.name} ({tier}) has no evidence of {quality}"
                values = {"tier": str(tier), "entity": entity.name, "quality": quality}
                yield DefinitionMistake("tier.quality_without_evidence", message, "", f"tiers.{tier}.evidence", values)
        for quality in sorted(set(entity.evidence) - set(required)):
            message = f"{quality!r} is no quality that the tier {tier} shows; allowed: {', '.join(required) or 'none'}"
            values = {"tier": str(tier), "quality": quality}
            yield DefinitionMistake("tier.unknown_quality", message, "", f"tiers.{tier}.evidence.{quality}", values)


def _clause_mistakes(programme: Programme) -> Iterator[DefinitionMistake]:
    seen: set[tuple[str, date]] = set()
    for place, criterion in enumerate(programme.operating_criteria, 1):
        clause, key = criterion.clause, f"operating_criteria.{place}"
        limits = [name for name in LIMITS if getattr(criterion, name) not in (None, ())]
        if criterion.support_first_years is not None and programme.begins_on is None:
            message = f"clause {clause} counts the first years of the programme; say in begins_on when it begins"
            yield DefinitionMistake("programme.no_beginning", message, clause, "begins_on")
        if len(limits) != 1:
            message = f"clause {criterion.clause} sets {len(limits)} limits; exactly one of: {', '.join(LIMITS)}"
            yield DefinitionMistake("clause.limits", message, clause, key, {"limits": ", ".join(limits)})
        amount = criterion.maximum_grant_amount
        if amount is not None and not fits_currency(amount, programme.currency):
            yield unfit_amount(f"{key}.maximum_grant_amount", amount, programme.currency, clause)
        version = criterion.clause, criterion.in_force_from
        if version in seen:
            message = f"clause {criterion.clause} stands twice with the date {criterion.in_force_from}"
            yield DefinitionMistake("clause.not_unique", message, clause, key)
        seen.add(version)


def _source_mistakes(programme: Programme) -> Iterator[DefinitionMistake]:
    if not programme.sources:
        yield DefinitionMistake("programme.no_source", "a programme has at least one source of money", "", "sources")
    for place, source in enumerate(programme.sources, 1):
        key = f"sources.{place}.amount"
        if not source.amount:
            message = f"the source {source.name!r} brings an amount above zero"
            yield DefinitionMistake("programme.empty_source", message, "", key, {"source": source.name})
        if not fits_currency(source.amount, programme.currency):
            yield unfit_amount(key, source.amount, programme.currency)


def _text_mistakes(programme: Programme) -> Iterator[DefinitionMistake]:
    texts: list[tuple[str, Text, str]] = [("title", programme.title, "title")]
    texts += [
        (criterion.clause, criterion.text, f"operating_criteria.{place}.text")
        for place, criterion in enumerate(programme.operating_criteria, 1)
    ]
    for name, text, key in texts:
        unknown = sorted(set(text) - {language.value for language in Language})
        if unknown or not any(words.strip() for words in text.values()):
            message = f"the text of {name} is given in at least one of: {', '.join(Language)}, and in no other language"
            yield DefinitionMistake("text.language", message, name, key, {"key": name})


def _territory_mistakes(programme: Programme) -> Iterator[DefinitionMistake]:
    for code, name in programme.territories.items():
        (parent, _, _), key = code.rpartition("-"), f"territories.{code}"
        if not is_territory_code(code):
            message = (
                f"territories: {code!r} is no code such as HN, HN-FM or HN-FM-0801 (ISO 3166-2 and further levels)"
            )
            yield DefinitionMistake("territory.not_a_code", message, "", key, {"territory": code})
        elif parent and parent not in programme.territories:
            message = f"territories: {code} lies within {parent}, which is not declared; declare it too"
            values = {"territory": code, "parent": parent}
            yield DefinitionMistake("territory.no_parent", message, "", key, values)
        if not name.strip():
            message = f"territories: {code} has no name"
            yield DefinitionMistake("territory.no_name", message, "", key, {"territory": code})
