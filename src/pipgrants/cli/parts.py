"""The program as a group of commands, each of which is imported once it is asked for: the help of all needs none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from typing import cast

import typer
from typer._click import Context
from typer._click.exceptions import UsageError as ClickUsageError
from typer.core import TyperCommand, TyperGroup

from pipgrants.cli import output
from pipgrants.cli.context import then_shared_options
from pipgrants.errors import UsageError

PARTS = {
    "init": ("start", "Make a workspace in a new folder."),
    "demo": ("start", "Run a whole round in a new workspace."),
    "status": ("record", "Show where the workspace or one call stands."),
    "explain": ("record", "Explain why a proposal stands where it stands."),
    "programme": ("programme", "Draft, check and show programmes."),
    "call": ("call", "Check, draft, publish, amend and end calls for proposals."),
    "party": ("party", "Add, show, correct, merge, redact and exclude parties."),
    "actor": ("actor", "Register people and their keys, give and take roles."),
    "proposal": ("proposal", "Hand out forms, import and follow applications."),
    "screen": ("screening", "Check every proposal of a call against its criteria."),
    "evaluator": ("evaluator", "Import, list and redact what is on record of evaluators."),
    "evaluation": ("evaluation", "Assign evaluators, take in marks, and close the scores."),
    "rank": ("rank", "Rank the eligible proposals of a call; 'rank CALL' runs it."),
    "analysis": ("analysis", "Show how far a ranking can be trusted."),
    "report": ("report", "Write reports that people look at."),
    "allocate": ("decisions", "Prepare the decision on every proposal of a ranked call."),
    "ratify": ("decisions", "Approve a package that another person prepared."),
    "return": ("decisions", "Send a package back to the person who prepared it."),
    "reserve": ("reserve", "Fund proposals of the reserve list with free money."),
    "project": ("project", "Carry out awards: agreement, launch, money, and closure."),
    "disbursement": ("disbursement", "Ask for tranches, certify, approve and pay them."),
    "contract": ("contract", "Follow the service contracts of projects, from selection on."),
    "conflict": ("conflict", "Follow conflicts within the groups of projects."),
    "team": ("team", "Record the technical team of a project, and who leaves it."),
    "firm": ("firm", "Register firms with a project, with their consent and data."),
    "activity": ("activity", "Record what is done with the firms of a project."),
    "letters": ("letters", "Preview, release and send letters, and settle doubts."),
    "export": ("export", "Write what is public as open data."),
    "appeal": ("appeal", "File, settle and decide appeals."),
    "monitoring": ("monitoring", "Record what projects reach, and look at files of it."),
    "opportunity": ("opportunity", "Note opportunities, and link what follows to them."),
    "practice": ("practice", "Record best practices, search and spread them."),
    "trail": ("trail", "Read the decision trail, and keep its checkpoints."),
    "audit": ("audit", "Check the decision trail, and show what it says."),
    "workflow": ("workflow", "Check the definitions, and draw the state machines."),
    "workspace": ("workspace", "Copy and upgrade the database of a workspace."),
}
"""By the name of a command: the module that has it, and its help in one line."""


class Part(TyperCommand):
    """A group of verbs, or a verb, that its module makes once it is used."""

    def __init__(self, name: str, module: str, said: str) -> None:
        super().__init__(name, help=said)
        self._module = module

    @cached_property
    def made(self) -> TyperCommand | TyperGroup:
        """The group or the verb itself."""
        found = typer.main.get_group(import_module(f"pipgrants.cli.{self._module}").commands)
        if found.name != self.name:
            return cast(TyperCommand, found.commands[str(self.name)])
        found.help = self.help
        return found

    def make_context(
        self, info_name: str | None, args: list[str], parent: Context | None = None, **extra: object
    ) -> Context:
        """Understands the words after the name."""
        return self.made.make_context(info_name, args, parent, **extra)


class Program(TyperGroup):
    """The whole program with the shared options after its own.

    With ``--json``, words that it cannot understand are told as one JSON object, too.
    """

    _as_json = False

    @then_shared_options
    def __init__(self, **settings: object) -> None:
        cast(Callable[..., None], super().__init__)(**settings)
        self.commands = {name: Part(name, *about) for name, about in PARTS.items()}

    def parse_args(self, ctx: object, args: list[str]) -> list[str]:
        """Understands the words before the name of a command."""
        self._as_json = "--json" in args
        with self._telling():
            return super().parse_args(cast(typer.Context, ctx), args)

    def invoke(self, ctx: object) -> object:
        """Understands the other words, and runs the command."""
        with self._telling():
            return super().invoke(cast(typer.Context, ctx))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except ClickUsageError as error:
            if self._as_json:
                path = error.ctx.command_path if error.ctx else "pipgrants"
                output.show_error(UsageError(error.format_message(), next_step=f"{path} --help"))
            raise
