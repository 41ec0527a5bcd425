"""The papers that a call notice tells applicants to attach: what screening, the counterpart and priorities look for."""

from __future__ import annotations

from collections.abc import Iterator

from pipgrants.domain.allocation_terms import SubEnvelope
from pipgrants.domain.call import CounterpartRule, Priority
from pipgrants.domain.rules import papers_asked
from pipgrants.domain.vocabulary import EvidenceKind, Stage
from pipgrants.letters.call_words import CallWords


def papers_to_attach(words: CallWords) -> list[str]:
    """Each paper in one line: its kind, the clause that asks for it, from which stage on, and what it is for."""
    return [*_required(words), *_of_prerequisites(words), *_of_counterpart(words), *_of_preferences(words)]


def _required(words: CallWords) -> Iterator[str]:
    """The papers that the call requires by themselves, unless a clause that is listed asks for them too."""
    call = words.call
    listed = {kind for item in call.prerequisites for kind, is_only in papers_asked(item.rule) if is_only}
    if call.counterpart is not None and call.counterpart.evidence_required:
        listed.add(EvidenceKind.COMMITMENT_LETTER)
    for kind in call.required_evidence:
        if kind not in listed:
            yield _line(words, words.wording.word(kind), None, Stage.PROPOSAL)


def _of_prerequisites(words: CallWords) -> Iterator[str]:
    for item in words.call.prerequisites:
        for kind, is_only in papers_asked(item.rule):
            purpose = "" if is_only else words.wording.sentence("notice_paper_one_way")
            yield _line(words, words.wording.word(kind), item.clause, item.stage, purpose)


def _of_counterpart(words: CallWords) -> Iterator[str]:
    rule, sentence = words.call.counterpart, words.wording.sentence
    if rule is None:
        return
    if rule.evidence_required:
        paper = words.wording.word(EvidenceKind.COMMITMENT_LETTER)
        yield _line(words, paper, rule.clause, rule.stage, sentence("notice_paper_of_contribution"))
    if rule.valuation_required and _takes_in_kind(rule):
        purpose = sentence("notice_paper_of_contribution_in_kind")
        yield _line(words, sentence("notice_valuation_basis"), rule.clause, rule.stage, purpose)


def _takes_in_kind(rule: CounterpartRule) -> bool:
    return rule.in_kind_cap is None or rule.in_kind_cap.maximum_share > 0


def _of_preferences(words: CallWords) -> Iterator[str]:
    """The papers by which somebody has a priority or belongs to the group of an envelope."""
    preferences: tuple[Priority | SubEnvelope, ...] = (*words.call.priorities, *words.call.allocation.envelopes)
    for item in preferences:
        for kind, _ in papers_asked(item.rule):
            purpose = words.wording.sentence("notice_paper_of_preference", title=words.text(item.title))
            yield _line(words, words.wording.word(kind), item.clause, None, purpose)


def _line(words: CallWords, paper: str, clause: str | None, stage: Stage | None, purpose: str = "") -> str:
    sentence, word = words.wording.sentence, words.wording.word
    said = [sentence("notice_paper_clause", clause=clause)] if clause else []
    if stage is not None and len(words.call.stages) > 1:
        said.append(sentence("notice_paper_stage", stage=word(stage)))
    return paper + (f" ({', '.join(said)})" if said else "") + (f": {purpose}" if purpose else "")
