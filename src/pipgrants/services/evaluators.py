"""What is on record of evaluators: profiles imported, listed, and redacted for good."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pipgrants.domain.application import PartyDetails
from pipgrants.domain.evaluators import Organisation, Profile
from pipgrants.domain.finding import Plain
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotFoundError, Problem, RefusedError
from pipgrants.exchange.evaluators import ProfilesResult
from pipgrants.exchange.problems import CORRECT_ROWS, Place, refusal_of_rows
from pipgrants.services.correspondence import recipient_of
from pipgrants.services.deadlines import local_day
from pipgrants.services.definitions import terms_of
from pipgrants.services.found_conflicts import FoundConflict, found_conflicts
from pipgrants.services.mailing import outbox_settings
from pipgrants.services.traces import Traces, remove_traces
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.evaluators import ProfileRow, ties_text
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed
from pipgrants.trail.sealing import new_salt, seal

PERSONAL_OF_EVALUATORS = ("institution", "tax_number", "email", "postal_address", "ties")
"""What redaction removes of a profile, and what enters the trail as salted hashes."""


def keep_profiles(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    found: ProfilesResult,
    source: Mapping[str, str],
    dry_run: bool = False,
) -> list[FoundConflict]:
    """Keeps the profiles of a file, each in the place of the one before, all or none.

    Returns the conflicts of interest that they show in what their evaluators score already, in any call.
    Raises ImportRefusedError listing every row that could not be read, or that names nobody who evaluates.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("evaluator.import")
        evaluators = set(names_of_evaluators(act.unit))
        problems: list[Problem] = list(found.problems)
        for row, profile in zip(found.rows, found.profiles, strict=True):
            if profile.evaluator not in evaluators:
                place = Place(source["file"], row=row)
                name = profile.evaluator
                problems.append(place.problem("import.no_evaluator", "evaluator", name, evaluator=name))
        if problems:
            raise refusal_of_rows(source["file"], problems, CORRECT_ROWS)
        rows = [_sealed(profile) for profile in found.profiles]
        act.unit.evaluators.put(rows)
        act.record(*(_profiled(row, source=dict(source)) for row in rows))
        names = [profile.evaluator for profile in found.profiles]
        selected = [terms_of(act.unit.calls, row.call) for row in act.unit.calls.all()]
        return [
            conflict
            for terms in selected
            for conflict in found_conflicts(act.unit, terms, local_day(now, terms.call), names)
        ]


def names_of_evaluators(unit: Unit) -> list[str]:
    """Everybody who evaluates now."""
    return [row.actor for row in unit.actors.all() if Role.EVALUATOR in row.roles]


def _personal(profile: Profile) -> dict[str, str]:
    """The personal values of a profile that are on record."""
    given = {**profile._asdict(), "ties": ties_text(profile.ties)}
    return {name: given[name] for name in PERSONAL_OF_EVALUATORS if given[name]}


def _sealed(profile: Profile) -> ProfileRow:
    """A profile with a salt of its own, so that none before it says anything of what was removed since."""
    return ProfileRow(profile, new_salt() if _personal(profile) else None)


def _profiled(row: ProfileRow, reason: str | None = None, **why: Plain) -> Deed:
    """What is written down of a profile, whole, and ``why`` it stands so."""
    profile = row.profile
    plain: dict[str, Plain] = {
        "sectors": [*profile.sectors],
        "territory": profile.territory,
        "languages": [language.value for language in profile.languages],
        "load_limit": profile.load_limit,
        "tax_country": profile.tax_country,
    }
    sealed = {name: seal(row.salt or b"", name, value) for name, value in _personal(profile).items()}
    inputs = {"profile": {**plain, **sealed}, **why}
    return Deed("EvaluatorProfiled", f"actor/{profile.evaluator}", reason=reason, inputs=inputs)


def redact_ties(act: Act, party: str, organisation: Organisation, reason: str) -> list[str]:
    """Removes a party that is redacted from the profiles that name it, each with an entry; returns whose.

    What else such a profile says stays, under a new salt.
    """
    rows = [
        _sealed(profile)
        for known in act.unit.evaluators.all().values()
        if (profile := known.profile.without(organisation)) != known.profile
    ]
    act.unit.evaluators.put(rows)
    act.record(*(_profiled(row, reason, redacted=party) for row in rows))
    return [row.profile.evaluator for row in rows]


def list_profiles(workspace: Workspace) -> list[Profile]:
    """What is on record of everybody who evaluates, by short name."""
    with workspace.read() as unit:
        return [*unit.evaluators.profiles(names_of_evaluators(unit)).values()]


def redact_evaluator(
    workspace: Workspace, who: Identity, now: datetime, *, evaluator: str, reason: str, dry_run: bool = False
) -> Traces | None:
    """Removes the personal values of a profile and the recipients of the letters to the evaluator.

    The ties are gone with them, so that no conflict of interest is detected any more. Raises NotFoundError where there
    is no profile, RefusedError without a reason or where nothing personal is left.
    """
    settings = outbox_settings(workspace)
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("evaluator.redact")
        if not reason.strip():
            raise RefusedError("a redaction needs a reason", next_step="give it in words: --reason TEXT")
        row = act.unit.evaluators.all().get(evaluator)
        if row is None:
            raise NotFoundError(f"there is no profile of {evaluator!r}", next_step="pipgrants evaluator list")
        personal = _personal(row.profile)
        if not personal:
            raise RefusedError(f"nothing personal is on record in the profile of {evaluator}")
        letters = letters_to(act.unit, row.profile)
        act.unit.letters.redact(letters)
        impersonal = row.profile._replace(institution=None, tax_number=None, email=None, postal_address=None, ties=())
        act.unit.evaluators.put([ProfileRow(impersonal, None)])
        inputs: dict[str, object] = {"fields": [*personal], "letters": [letter.number for letter in letters]}
        act.record(Deed("EvaluatorRedacted", f"actor/{evaluator}", reason=reason, inputs=inputs))
    return None if dry_run else remove_traces(workspace, settings, letters)


def letters_to(unit: Unit, profile: Profile) -> list[LetterRow]:
    """The letters that were written to an evaluator."""
    recipient = recipient_of(addressee_details(unit, profile))
    return unit.letters.sent_to(recipient) if recipient else []


def addressee_details(unit: Unit, profile: Profile) -> PartyDetails:
    """The name and addresses of an evaluator."""
    name = unit.actors.get(profile.evaluator).name or ""
    return PartyDetails(name, email=profile.email, postal_address=profile.postal_address)
