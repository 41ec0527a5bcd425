"""What the text of a call notice may speak of: every value of the call ready to print, or None."""

from __future__ import annotations

from pipgrants.domain.allocation_terms import EnvelopeKind, PartialFunding, PartialRule
from pipgrants.domain.appeal import FundedFrom
from pipgrants.domain.call import Base, CounterpartRule, Unanswered, Window
from pipgrants.domain.eligibility import requirement
from pipgrants.domain.implementation_terms import NOT_GIVEN, BehindPace
from pipgrants.domain.rubric import LateMarks
from pipgrants.domain.rules import Rule
from pipgrants.domain.vocabulary import Objective
from pipgrants.letters import formatting
from pipgrants.letters.call_words import CallWords
from pipgrants.letters.example import worked_example
from pipgrants.letters.notice_papers import papers_to_attach
from pipgrants.letters.phrasing import BULLETS
from pipgrants.money import EXACT


def notice_view(words: CallWords) -> dict[str, object]:
    """The names that the notice template may use: every value is ready to print, or None."""
    call = words.call
    return {
        "call": {"number": call.call, "title": words.text(call.title), "modelled_on": call.modelled_on or None},
        "purpose": words.text(call.purpose),
        "who_may_apply": words.text(call.who_may_apply),
        "envelope": words.amount(call.envelope_amount),
        "two_stages": len(call.stages) > 1,
        "eligible_costs": _eligible_costs_view(words),
        "counterpart": _counterpart_view(words, call.counterpart),
        "grant": _grant_view(words),
        "rubric": _rubric_view(words),
        "scoring": _scoring_view(words),
        "priorities_count": len(call.priorities),
        "ranking": _ranking_view(words),
        "allocation": _allocation_view(words),
        "invitation": _invitation_view(words),
        "window": _window_view(words, call.window),
        "second_window": _window_view(words, call.second_window),
        "evidence": papers_to_attach(words),
        "clarification": _clarification_view(words),
        "appeal": {
            "clause": call.appeal.clause,
            "working_days": call.appeal.working_days,
            "addressee": words.text(call.appeal.addressee),
            "margin": _appeal_margin(words),
        },
        "implementation": _implementation_view(words),
        "weekend": [words.wording.word(day) for day in call.weekend],
        "non_working_days": [words.day(day) for day in call.non_working_days],
        "languages": [words.wording.word(language) for language in call.languages],
        "contact": {
            "name": words.text(call.contact.name),
            "email": call.contact.email,
            "telephone": call.contact.telephone or None,
            "postal_address": call.contact.postal_address or None,
        },
    }


def _eligible_costs_view(words: CallWords) -> dict[str, object] | None:
    costs = words.call.eligible_costs
    if costs is None:
        return None
    return {
        "clause": costs.clause,
        "categories": [words.wording.word(category) for category in costs.categories],
        "stage": words.wording.word(costs.stage) if len(words.call.stages) > 1 else None,
    }


def _counterpart_view(words: CallWords, rule: CounterpartRule | None) -> dict[str, object] | None:
    if rule is None:
        return None
    cap = rule.in_kind_cap
    return {
        "clause": rule.clause,
        "minimum": words.share(rule.minimum_share),
        "of": words.phrasing.base(rule.of),
        "of_grant": rule.of is Base.GRANT,
        "in_kind": None if cap is None else words.share(cap.maximum_share),
        "in_kind_of": None if cap is None else words.phrasing.base(cap.of),
        "ineligible_sources": [words.wording.word(source) for source in rule.ineligible_sources],
        "evidence_required": rule.evidence_required,
        "valuation_required": rule.valuation_required,
        "tolerance": words.amount(rule.tolerance_amount) if rule.tolerance_amount else None,
        "example": _example_view(words, rule),
    }


def _example_view(words: CallWords, rule: CounterpartRule) -> dict[str, object]:
    example = worked_example(words.call, rule)
    return {
        "base": words.amount(example.base),
        "needed": words.amount(example.needed),
        "in_kind": words.amount(example.in_kind),
        "cash": None if example.in_kind is None else words.amount(EXACT.subtract(example.needed, example.in_kind)),
    }


def _grant_view(words: CallWords) -> dict[str, object]:
    limits = words.call.grant
    return {
        "clause": limits.clause,
        "minimum": words.amount(limits.minimum_amount),
        "maximum": words.amount(limits.maximum_amount),
        "maximum_share": words.share(limits.maximum_share),
        "by_size": bool(limits.maximum_share_by_size),
        "by_size_of": limits.by_size_of.value,
    }


def _rubric_view(words: CallWords) -> dict[str, object]:
    rubric = words.call.rubric
    return {
        "clause": rubric.clause,
        "evaluators_count": words.number(rubric.evaluators_count),
        "combination": rubric.combination.value,
        "decimals": rubric.decimals,
        "minimum_total": words.number(rubric.minimum_total),
        "minimum_total_strict": rubric.minimum_total_strict,
        "minimum_totals": [
            {"stage": words.wording.word(stage), "minimum": words.number(minimum)}
            for stage, minimum in rubric.minimum_total_by_stage.items()
        ],
        "ranking_weights": rubric.has_ranking_weights,
    }


def _scoring_view(words: CallWords) -> dict[str, object] | None:
    terms = words.call.scoring
    if terms is None:
        return None
    return {
        "clause": terms.clause,
        "anonymous_at": [words.wording.word(stage) for stage in terms.anonymous_at],
        "comments_required": terms.comments_required.value,
        "due_on": [
            {"stage": words.wording.word(stage), "day": formatting.day(day.isoformat(), words.language)}
            for stage, day in terms.due_on.items()
        ],
        "late_is_refused": terms.if_late is LateMarks.REFUSED,
    }


def _ranking_view(words: CallWords) -> dict[str, object]:
    ranking, staged = words.call.ranking, len(words.call.stages) > 1
    undrawn = [stage for stage in words.call.stages if not ranking.of_stage(stage).draw]
    return {
        "clause": ranking.clause,
        "tie_breaks": [words.phrasing.tie_break(word) for word in ranking.tie_breaks],
        "draw": [
            {
                "name": source.name,
                "stage": words.wording.word(source.stage) if staged else None,
                "description": source.description,
                "published_on": words.day(source.published_on),
            }
            for source in ranking.draw
        ],
        "undrawn_stage": words.wording.word(undrawn[0]) if ranking.draw and undrawn else None,
    }


def _allocation_view(words: CallWords) -> dict[str, object]:
    terms = words.call.allocation
    return {
        "clause": terms.clause,
        "rule": terms.rule.value,
        "minimum_score": words.number(terms.minimum_score),
        "maximum_awards": words.number(terms.maximum_awards),
        "minimum_rest_share": words.share(terms.minimum_rest_share),
        "objective": words.wording.word(terms.objective) if terms.objective else None,
        "is_sum_of_scores": terms.objective is Objective.SUM_OF_SCORES,
        "largest_gap_share": words.share(terms.largest_gap_share) if terms.largest_gap_share else None,
        "partial": _partial_view(words, terms.partial),
        "ties_at_line": terms.ties_at_line.value,
        "envelopes": _envelopes_view(words),
        "keeps_money": any(item.kind is not EnvelopeKind.CAP for item in terms.envelopes),
        "one_award_per_applicant": terms.one_award_per_applicant,
        "maximum_awards_per_locality": words.number(terms.maximum_awards_per_locality),
        "appeal_margin": words.amount(terms.appeal_margin_amount) if terms.appeal_margin_amount else None,
        "robustness_in_letters": terms.robustness_in_letters,
        "reserve_count": words.number(terms.reserve_count) if terms.reserve_count else None,
        "reserve_expires_on": words.phrasing.day(
            terms.reserve_expires_on.isoformat() if terms.reserve_expires_on else None
        ),
    }


def _partial_view(words: CallWords, partial: PartialFunding | None) -> dict[str, object] | None:
    if partial is None:
        return None
    return {
        "rule": partial.rule.value,
        "shared": partial.rule is not PartialRule.LAST_ONLY,
        "minimum_amount": words.amount(partial.minimum_amount),
        "minimum_share": words.share(partial.minimum_share),
    }


def _envelopes_view(words: CallWords) -> list[dict[str, object]]:
    titles = {item.code: words.text(item.title) for item in words.call.allocation.envelopes}
    return [
        {
            "title": titles[item.code],
            "kind": item.kind.value,
            "amount": words.amount(item.amount),
            "clause": item.clause,
            "within": titles.get(item.within or ""),
            "leftovers_to": titles.get(item.leftovers_to or ""),
            "rule": _group(words, item.rule),
        }
        for item in words.call.allocation.envelopes
    ]


def _group(words: CallWords, rule: Rule) -> str:
    """Whom an envelope is for, in one line."""
    lines = words.phrasing.rule(requirement(rule, words.call.currency)).split("\n")
    return "; ".join(line.lstrip("".join(BULLETS)) for line in lines)


def _invitation_view(words: CallWords) -> dict[str, object] | None:
    terms = words.call.invitation
    if terms is None:
        return None
    return {
        "clause": terms.clause,
        "minimum_total": words.number(terms.minimum_total),
        "maximum_count": words.number(terms.maximum_count),
        "times": words.number(terms.requests_times_envelope),
        "minimum_times": words.number(terms.requests_times_envelope_minimum),
    }


def _window_view(words: CallWords, window: Window | None) -> dict[str, object] | None:
    if window is None:
        return None
    return {"opens_at": words.instant(window.opens_at), "closes_at": words.instant(window.closes_at)}


def _appeal_margin(words: CallWords) -> str | None:
    """The money kept back for appeals, where the call pays them from it."""
    call = words.call
    is_paid = call.appeal.funded_from is FundedFrom.MARGIN
    return words.amount(call.allocation.appeal_margin_amount) if is_paid else None


def _clarification_view(words: CallWords) -> dict[str, object]:
    terms = words.call.clarification
    return {
        "clause": terms.clause,
        "working_days": terms.working_days,
        "silence_is_ineligible": terms.if_unanswered is Unanswered.INELIGIBLE,
    }


def _implementation_view(words: CallWords) -> dict[str, object] | None:
    terms = words.call.implementation
    if terms == NOT_GIVEN:
        return None
    return {
        "clause": terms.clause,
        "launch_validation_months": terms.launch_validation_months,
        "line_flexibility_share": words.share(terms.line_flexibility_share) if terms.line_flexibility_share else None,
        "is_held": terms.counterpart_behind_pace is BehindPace.HOLD,
    }
