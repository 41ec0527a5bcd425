"""One run of the program: its workspace, who runs it, the time, and whether it answers in JSON.

Every command takes ``--workspace``, ``--as`` and ``--json``, before its name or after it, and ends errors of pipgrants
with their message and exit code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, TypeVar, Unpack, cast

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from pipgrants.cli import output
from pipgrants.domain.authority import READS
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import (
    CancelledError,
    ImportRefusedError,
    NotFoundError,
    PipgrantsError,
    RefusedError,
    reason_of,
)
from pipgrants.scalars import unfit_character

if TYPE_CHECKING:
    from pipgrants.services.workspace import Identity, Workspace

T = TypeVar("T")
V = TypeVar("V", bound=Callable[..., None])


def now() -> datetime:
    """The instant of the run, in UTC: the only place where the clock is read."""
    return datetime.now(UTC)


@dataclass
class Run:
    """One run of the program."""

    folder: Path | None = None
    claimed: str | None = None
    as_json: bool = False
    has_answered: bool = False
    did: str = ""
    subject: str | None = None

    @cached_property
    def now(self) -> datetime:
        """The instant at which the run acts; every entry it writes bears it."""
        return now()

    @cached_property
    def workspace(self) -> Workspace:
        """The workspace named, or the nearest one upwards. Raises NotFoundError."""
        from pipgrants.services.workspace import Workspace

        return Workspace.find(self.folder)

    @property
    def workspace_if_any(self) -> Workspace | None:
        """The workspace named, or the nearest one upwards, or None where none was named and none is found."""
        try:
            return self.workspace
        except NotFoundError:
            if self.folder is not None:
                raise
            return None

    @cached_property
    def who(self) -> Identity:
        """Who says to be acting, and the operating-system user and host."""
        from pipgrants.services.workspace import identity

        return identity(self.claimed)

    def carry_out(
        self, act: Callable[[bool], T], question: Callable[[T], str | None], *, yes: bool, dry_run: bool = False
    ) -> T:
        """Does what cannot be undone, and returns what ``act``, told whether to run dry, returned.

        It is first tried dry, so that whoever may not do it is refused and not asked; ``question`` is put to the
        others, made from what would be done; without one nothing is asked. The clock is read again after the answer.
        Raises CancelledError unless it is yes.
        """
        asked = None if yes or dry_run else question(act(True))
        if asked:
            output.confirm(asked)
            vars(self).pop("now", None)
        return act(dry_run)

    def answer(
        self, data: Mapping[str, object], text: Sequence[str], *, dry_run: bool = False, labels: Sequence[str] = ()
    ) -> None:
        """Shows a result, once: as one JSON object if asked for, else as text."""
        output.show(data, text, as_json=self.as_json, dry_run=dry_run, labels=labels)
        self.has_answered = True

    def show(
        self, data: Mapping[str, object], text: Sequence[str], *, dry_run: bool = False, is_labelled: bool = False
    ) -> None:
        """Shows a result of the workspace, where an auditor asks once the access log has its line.

        It bears the labels of the workspace and of the call that ``data`` names; a text that ``is_labelled`` has them
        already. A dry run says what it would have recorded.
        """
        if dry_run:
            recorded = self.workspace.would_record
            data, text = {**data, "would_record": recorded}, output.with_recorded(text, recorded)
        from pipgrants.services.views import labels

        self._log_auditor()
        call = data.get("call")
        found = labels(self.workspace, str(call) if call else None) if self.as_json or not is_labelled else []
        self.answer(data, text, dry_run=dry_run, labels=found)

    def _log_auditor(self) -> None:
        """Writes down what an auditor reads and is open to whoever has the folder; other reads have their line."""
        if self.did in READS:
            return
        from pipgrants.services.access import EVERYTHING, log_auditor

        log_auditor(self.workspace, self.who, self.now, self.did, self.subject or EVERYTHING)


def run_of(context: typer.Context) -> Run:
    """The run that a command belongs to."""
    return context.ensure_object(Run)


def shared_options() -> list[TyperOption]:
    """The options that every command takes, and the program itself before a command's name."""
    return [
        TyperOption(
            param_decls=["--workspace", "-w"],
            metavar="DIR",
            help="The workspace; without it, the nearest one from the current folder upwards.",
            callback=_keep("folder", Path),
            expose_value=False,
        ),
        TyperOption(
            param_decls=["--as"],
            metavar="ACTOR",
            help="Who is acting; needed until actors are mapped to operating-system users.",
            callback=_keep("claimed", str),
            expose_value=False,
        ),
        TyperOption(
            param_decls=["--json"],
            is_flag=True,
            help="Answer with one JSON object on standard output.",
            callback=_keep("as_json", bool),
            expose_value=False,
        ),
    ]


def _keep(name: str, kind: Callable[[Any], object]) -> Callable[..., None]:
    def keep(context: typer.Context, parameter: TyperOption, value: str | bool | None) -> None:
        if value:
            _refuse_unusable(value, parameter.opts[-1])
            setattr(run_of(context), name, kind(value))

    return keep


def then_shared_options(init: Callable[..., None]) -> Callable[..., None]:
    """Adds the shared options to those of a command, or of the program itself, once it is made."""

    @wraps(init)
    def init_and_share(self: TyperCommand | TyperGroup, *args: object, **settings: object) -> None:
        init(self, *args, **settings)
        self.params += shared_options()

    return init_and_share


class Command(TyperCommand):
    """A command with the shared options after its own, which ends errors with their message and exit code."""

    __init__ = then_shared_options(TyperCommand.__init__)

    def invoke(self, ctx: object) -> object:
        """Does what the command does. Raises typer.Exit with the exit code of the error that it ends with."""
        context = cast(typer.Context, ctx)
        run_of(context).did, run_of(context).subject = _did(context), _subject(context.params)
        try:
            for parameter in context.command.params:
                _refuse_unusable(context.params.get(parameter.name or ""), parameter.opts[-1])
            return super().invoke(context)
        except BrokenPipeError:
            raise
        except (PipgrantsError, OSError, KeyboardInterrupt) as error:
            raise _ended(run_of(context), _told(error)) from error


class _Settings(TypedDict, total=False):
    name: str
    help: str
    cls: type[TyperGroup]


class Commands(typer.Typer):
    """A group of verbs; without one it shows its help."""

    def __init__(self, **settings: Unpack[_Settings]) -> None:
        super().__init__(no_args_is_help=True, add_completion=False, rich_markup_mode=None, **settings)

    def verb(self, name: str | None = None) -> Callable[[V], V]:
        """Adds a command that takes the shared options and ends errors with their message and exit code."""
        return self.command(name, cls=Command)


def _did(context: typer.Context) -> str:
    """What a command does, as the access log says it: ``proposal.show``."""
    names: list[str] = []
    part: Any = context
    while part.parent is not None:
        names.append(part.info_name.replace("-", "_"))
        part = part.parent
    return ".".join(reversed(names))


def _subject(given: Mapping[str, Any]) -> str | None:
    """The proposal, call or party that a command is about, as the trail calls it."""
    return next((f"{kind}/{given[kind]}" for kind in ("proposal", "call", "party") if given.get(kind)), None)


def _ended(run: Run, error: PipgrantsError) -> typer.Exit:
    """How the run ends once its error is shown."""
    is_told = run.as_json and not run.has_answered
    if is_told:
        output.show_error(error)
    output.note(*output.complaint(error, is_listed=not is_told))
    return typer.Exit(error.exit_code)


def _told(error: PipgrantsError | OSError | KeyboardInterrupt) -> PipgrantsError:
    """What ends a command, said as an error of pipgrants; an OSError is of a file or folder that cannot be used."""
    if isinstance(error, PipgrantsError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return CancelledError("interrupted; an act is kept whole or not at all", next_step="pipgrants status")
    kind = NotFoundError if isinstance(error, FileNotFoundError) else RefusedError
    return kind(reason_of(error), next_step="check the path, the permissions and the space left")


def _refuse_unusable(given: object, name: str) -> None:
    """Refuses words that hold control characters, or others that no value holds, or bytes that are no text."""
    for word in given if isinstance(given, list | tuple) else [given]:
        text = str(word)
        if "\r" in text or unfit_character(text):
            shown = output.printable(text)[:60]
            message = f"'{shown}' holds control characters, or bytes that are not UTF-8 text"
            raise typer.BadParameter(message, param_hint=name)


@contextmanager
def rows_told(run: Run, language: Language) -> Iterator[None]:
    """Around what reads a file of rows: a refused one is told in a language."""
    from pipgrants.services.views import told_in

    try:
        yield
    except ImportRefusedError as error:
        raise told_in(run.workspace_if_any, error, language.value) from error


@contextmanager
def storing(what: str, run: Run, language: Language) -> Iterator[Callable[[int], None]]:
    """Counts what is stored of a file; a refused one is told in a language."""
    with rows_told(run, language), output.progress(f"{what} stored") as progress:
        yield progress


RowLanguage = Annotated[Language, typer.Option("--language", help="The language of row errors.")]
CallName = Annotated[str, typer.Argument(metavar="CALL", help="The name of the call.")]
ProposalNumber = Annotated[str, typer.Argument(metavar="PROPOSAL", help="The number of the proposal.")]
PartyNumber = Annotated[str, typer.Argument(metavar="PARTY", help="The number of the party.")]
PackageHash = Annotated[
    str, typer.Argument(metavar="PACKAGE", help="The hash of the package, or its first 8 characters or more.")
]
DefinitionFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A YAML file, or the name of one in the workflows of the workspace.")
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is written in the trail.")]
ReceivedAt = Annotated[
    datetime | None,
    typer.Option(
        "--received-at",
        metavar="'DATE TIME'",
        formats=["%Y-%m-%d %H:%M"],
        help="When it arrived, in the time of the call; without it, now.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything, show what would change, and keep nothing.")]
SigningKey = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="FILE",
        envvar="PIPGRANTS_KEY",
        help="The private SSH key to sign with; only your own ssh-keygen reads it, or the agent that holds it.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Go ahead without asking.")]
