"""Letters to evaluators: what they were appointed to score, and what they have not scored yet.

They go to those whose e-mail or postal address is on record, in the first of their languages that the call has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pipgrants.domain.assignment import Pair
from pipgrants.domain.call import Call
from pipgrants.domain.evaluators import Profile
from pipgrants.domain.vocabulary import LetterKind
from pipgrants.errors import RefusedError
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.definitions import Terms, terms_of
from pipgrants.services.evaluators import addressee_details
from pipgrants.services.scores_open import refuse_closed
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.trail.entry import Deed

APPOINTED, REMINDED = "EvaluatorAppointed", "EvaluatorReminded"


def appoint(act: Act, terms: Terms, pairs: Iterable[Pair]) -> int:
    """Tells evaluators what they are to score; returns how many letters were written."""
    return _write(act, terms, APPOINTED, LetterKind.APPOINTMENT, pairs)


def remind(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, dry_run: bool = False
) -> Mapping[str, Sequence[str]]:
    """Reminds evaluators of the proposals that they gave no complete marks; returns these by evaluator.

    Raises RefusedError once the scores are closed, and where no mark is missing.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("evaluation.remind", terms.programme.stands_in)
        refuse_closed(terms)
        stage = terms.row.stage
        wanted = sum(stage in criterion.stages for criterion in terms.call.rubric.criteria)
        rows = act.unit.evaluations.of_call(call, stage)
        missing = [(row.proposal, row.evaluator) for row in rows if not row.conflict and len(row.marks or ()) < wanted]
        if not missing:
            raise RefusedError(f"no mark is missing in {call}", next_step=f"pipgrants evaluation close {call}")
        _write(act, terms, REMINDED, LetterKind.REMINDER, missing)
        return _by_evaluator(missing)


def _by_evaluator(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for proposal, evaluator in sorted(pairs):
        found[evaluator].append(proposal)
    return dict(sorted(found.items()))


def _write(act: Act, terms: Terms, deed: str, kind: LetterKind, pairs: Iterable[Pair]) -> int:
    call, assigned = terms.row.call, _by_evaluator(pairs)
    scoring = terms.call.scoring
    is_anonymous = scoring is not None and terms.row.stage in scoring.anonymous_at
    titles = {row.number: "" if is_anonymous else row.title for row in act.unit.proposals.rows(call)}
    letters = Correspondence(act, terms)
    for name, profile in act.unit.evaluators.profiles(assigned).items():
        facts = {"assigned": [{"number": number, "title": titles[number]} for number in assigned[name]]}
        if profile.email or profile.postal_address:
            inputs: dict[str, object] = {"evaluator": name, "stage": terms.row.stage.value}
            letters.write(
                Deed(deed, f"call/{call}", inputs=inputs, definitions=terms.hashes, call=call),
                LetterDraft(kind, None, _addressee(act, terms.call, profile), facts),
            )
    letters.flush()
    return letters.letters_count


def _addressee(act: Act, call: Call, profile: Profile) -> Addressee:
    details = addressee_details(act.unit, profile)
    language = next((item for item in profile.languages if item in call.languages), call.languages[0])
    return Addressee(language.value, None, details.name, details.email, details.postal_address)
