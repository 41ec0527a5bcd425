"""What is wrong in the templates of call notices, found in the notices of many sample calls (``sample_call``)."""

from __future__ import annotations

from collections.abc import Iterator

from pipgrants.domain.call import Call
from pipgrants.domain.implementation_terms import NOT_GIVEN
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import DefinitionError, Problem, RefusedError
from pipgrants.letters.call_words import CallWords
from pipgrants.letters.notice import call_words, compose_notice
from pipgrants.letters.notice_view import notice_view
from pipgrants.letters.required import SUBJECT, Part, is_said, located, unknown_names
from pipgrants.letters.sample_call import SAMPLE_PROGRAMME, full_call, varied_calls
from pipgrants.letters.sandbox import clean
from pipgrants.letters.templates import Templates


def check_notice(templates: Templates, language: Language) -> Iterator[Problem]:
    """Every mistake of the notice template of a language."""
    name = f"notices/notice.{language}.j2"
    if name not in templates.sources:
        yield Problem(
            name, None, "", f"there is no call notice in {language}; no call of that language can be published"
        )
        return
    try:
        known = {**notice_view(call_words(templates, full_call(), language)), "programme": ""}
        unknown = tuple(unknown_names(templates.sources, name, known, "notices"))
        yield from unknown or _unsaid(templates, name, language)
    except RefusedError as refused:
        yield located(refused, name)
    except DefinitionError as error:
        yield from error.problems


def _unsaid(templates: Templates, name: str, language: Language) -> Iterator[Problem]:
    """What notices do not say and must, with the first of the calls whose notice does not say it."""
    told: set[tuple[str, str]] = set()
    for number, (which, call) in enumerate(varied_calls()):
        notice = compose_notice(templates, call, SAMPLE_PROGRAMME, language)
        for part in _required(call_words(templates, call, language)):
            if is_said(notice, part) or (part.name, part.place) in told:
                continue
            told.add((part.name, part.place))
            where = f" of a call {which}" if number else ""
            yield Problem(name, None, part.place, f"the notice{where} does not say {part.name}")


def _required(words: CallWords) -> Iterator[Part]:
    """What a notice must say, in its own words."""
    said = (_of_applicants(words), _of_money(words), _of_selection(words), _of_projects(words), _clauses(words.call))
    for parts in said:
        yield from (part._replace(words=clean(part.words)) for part in parts if part.words)


def _of_applicants(words: CallWords) -> Iterator[Part]:
    """What the call is for, who may apply with what, and whom to write to."""
    call = words.call
    yield Part("the title of the call", SUBJECT, words.text(call.title))
    yield Part("the purpose", "purpose", words.text(call.purpose))
    yield Part("who may apply", "who_may_apply", words.text(call.who_may_apply))
    yield from (Part("the papers to attach", "evidence", words.wording.word(kind)) for kind in call.required_evidence)
    yield Part("how long there is to answer", "clarification", str(call.clarification.working_days))
    yield Part("how long there is to appeal", "appeal", str(call.appeal.working_days))
    yield Part("where to appeal", "appeal", words.text(call.appeal.addressee))
    yield Part("whom to ask", "contact", call.contact.email)


def _of_projects(words: CallWords) -> Iterator[Part]:
    """What holds for those who are awarded."""
    terms = words.call.implementation
    if terms != NOT_GIVEN:
        months, share = terms.launch_validation_months, terms.line_flexibility_share
        yield Part("when a design is validated again", "implementation", str(months))
        if share:
            yield Part("how far a line of the budget may be exceeded", "implementation", words.share(share) or "")


def _clauses(call: Call) -> Iterator[Part]:
    """The clauses that the sections of a notice rest on."""
    terms = {
        "prerequisites": (call.eligible_costs,),
        "counterpart": (call.counterpart,),
        "grant": (call.grant,),
        "rubric": (call.rubric, call.scoring),
        "ranking": (call.ranking,),
        "allocation": (call.allocation, call.invitation, *call.allocation.envelopes),
        "clarification": (call.clarification,),
        "appeal": (call.appeal,),
        "implementation": (None if call.implementation == NOT_GIVEN else call.implementation,),
    }
    yield from (Part("the clause", place, item.clause) for place, items in terms.items() for item in items if item)


def _of_money(words: CallWords) -> Iterator[Part]:
    """The costs, what applicants bring, the limits of a grant, and what the money of the call is kept for."""
    call, rule, terms = words.call, words.call.counterpart, words.call.allocation
    for category in call.eligible_costs.categories if call.eligible_costs else ():
        yield Part("which costs are eligible", "prerequisites", words.wording.word(category))
    if rule is not None:
        yield Part("the least counterpart", "counterpart", words.share(rule.minimum_share) or "")
        if rule.in_kind_cap is not None:
            yield Part("the most of it in kind", "counterpart", words.share(rule.in_kind_cap.maximum_share) or "")
        for source in rule.ineligible_sources:
            yield Part("which money does not count", "counterpart", words.wording.word(source))
    yield Part("the funds available", "grant", words.amount(call.envelope_amount) or "")
    yield Part("the smallest grant", "grant", words.amount(call.grant.minimum_amount) or "")
    yield Part("the largest grant", "grant", words.amount(call.grant.maximum_amount) or "")
    yield Part("the largest share of a proposal", "grant", words.share(call.grant.maximum_share) or "")
    yield from (Part("the envelopes", "allocation", words.amount(item.amount) or "") for item in terms.envelopes)
    if terms.appeal_margin_amount:
        yield Part("what is kept back for appeals", "allocation", words.amount(terms.appeal_margin_amount) or "")


def _of_selection(words: CallWords) -> Iterator[Part]:
    """How proposals are scored, ranked and chosen."""
    call, rubric, terms = words.call, words.call.rubric, words.call.allocation
    yield Part("how many evaluators score a proposal", "rubric", words.number(rubric.evaluators_count) or "")
    for total in (rubric.minimum_total, *rubric.minimum_total_by_stage.values()):
        yield Part("the least total", "rubric", words.number(total) or "")
    for day in call.scoring.due_on.values() if call.scoring else ():
        yield Part("until when marks are received", "rubric", words.day(day) or "")
    yield from (Part("the tie-breaks", "ranking", words.phrasing.tie_break(word)) for word in call.ranking.tie_breaks)
    for source in call.ranking.draw:
        yield Part("what is drawn from", "ranking", source.name)
        yield Part("when that is published", "ranking", words.day(source.published_on) or "")
    if call.invitation is not None:
        invited = call.invitation.maximum_count or call.invitation.requests_times_envelope
        yield Part("how many profiles are invited", "allocation", words.number(invited) or "")
    yield Part("the least total that is funded", "allocation", words.number(terms.minimum_score) or "")
    yield Part("how many are funded", "allocation", words.number(terms.maximum_awards) or "")
    yield Part("how large a rest is granted", "allocation", words.share(terms.minimum_rest_share) or "")
    if terms.objective is not None:
        yield Part("what those funded make as great as it can be", "allocation", words.wording.word(terms.objective))
        gap = words.share(terms.largest_gap_share) if terms.largest_gap_share else None
        yield Part("how much greater another selection may be", "allocation", gap or "")
    yield Part("how long the reserve list is", "allocation", words.number(terms.reserve_count or None) or "")
    yield Part("until when the reserve list counts", "allocation", words.day(terms.reserve_expires_on) or "")
    yield Part("how many are funded in a locality", "allocation", words.number(terms.maximum_awards_per_locality) or "")
