"""The wording of problems and of the forms, in the three languages: ``import``, ``form``, ``monitoring`` and
``activities`` in ``templates/wording/``.

Placeholders are those of ``string.Template``. ``sources`` maps the name of a wording file to its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from string import Template
from typing import TypeVar

from pipgrants.errors import ImportRefusedError, Labels, NotFoundError, Problem
from pipgrants.reading import read_text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FieldWording:
    """A column of the form: its heading and the help that stands behind it."""

    heading: str
    help: str


@dataclass(frozen=True, slots=True)
class FormWording:
    """The sheets of the form, its columns by field name, and the sentences of its instructions."""

    sheets: dict[str, str]
    fields: dict[str, FieldWording]
    sentences: dict[str, str]

    def sentence(self, code: str, **values: str) -> str:
        """A sentence of the instructions with its values."""
        return Template(self.sentences[code]).safe_substitute(values)


def read_messages(sources: Mapping[str, str], language: str) -> dict[str, str]:
    """The sentences of problems by code. Raises NotFoundError without the file, DefinitionError for its mistakes."""
    return _read(sources, f"wording/import.{language}.yaml", dict[str, str])


def read_form_wording(sources: Mapping[str, str], language: str) -> FormWording:
    """The wording of the form. Raises NotFoundError without the file, DefinitionError for its mistakes."""
    return _read(sources, f"wording/form.{language}.yaml", FormWording)


def read_record_wording(sources: Mapping[str, str], language: str) -> FormWording:
    """The wording of a monitoring record. Raises NotFoundError without the file, DefinitionError for its mistakes."""
    return _read(sources, f"wording/monitoring.{language}.yaml", FormWording)


def read_activity_wording(sources: Mapping[str, str], language: str) -> FormWording:
    """The wording of the form of activities; columns that it shares with a monitoring record are worded there.

    Raises NotFoundError without a file, DefinitionError for its mistakes.
    """
    own = _read(sources, f"wording/activities.{language}.yaml", FormWording)
    return replace(own, fields={**read_record_wording(sources, language).fields, **own.fields})


def _read(sources: Mapping[str, str], name: str, kind: type[T]) -> T:
    if name not in sources:
        raise NotFoundError(
            f"there is no wording file {name}",
            next_step="the languages are en, es and pt; restore the file from the package",
        )
    return read_text(sources[name], kind, file=name)


def describe(problem: Problem, messages: Mapping[str, str]) -> str:
    """The problem in the language of the messages: where it stands, what is wrong, and what was written there."""
    located = Template(messages[f"place.{_place(problem)}"]).safe_substitute(
        file=problem.file, row=str(problem.line), field=problem.field, sentence=_sentence(problem, messages)
    )
    return f"{located} {Template(messages['seen']).safe_substitute(value=problem.value)}" if problem.value else located


def _place(problem: Problem) -> str:
    """The code of how the place of a problem is said."""
    if "sheet" in dict(problem.values):
        return "sheet" if problem.line is None else "sheet_row"
    if problem.line is None:
        return "list" if problem.field else "file"
    return "cell" if problem.field else "row"


def _sentence(problem: Problem, messages: Mapping[str, str]) -> str:
    return _worded(problem.code, problem.message, problem.values, messages)


def _worded(code: str, english: str, values: Iterable[tuple[str, str]], messages: Mapping[str, str]) -> str:
    return Template(messages[code]).safe_substitute(dict(values)) if code in messages else english


def reworded(error: ImportRefusedError, messages: Mapping[str, str]) -> ImportRefusedError:
    """The error in the language of the messages: what it says, what is wrong in which row, and what to do next."""
    code, next_code = error.codes
    told = ImportRefusedError(
        _worded(code, error.message, error.values, messages),
        [replace(problem, message=_sentence(problem, messages)) for problem in error.problems],
        next_step=_worded(next_code, error.next_step, (), messages),
    )
    told.lines = tuple(describe(problem, messages) for problem in error.problems)
    told.labels = Labels(messages["label.error"], messages["label.next"], messages["label.more"])
    return told
