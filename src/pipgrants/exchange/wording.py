"""The wording of problems and of the form, in the three languages: ``templates/wording/{import,form}.<language>.yaml``.

Placeholders are those of ``string.Template``. ``sources`` maps the name of a wording file to its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import TypeVar

from pipgrants.errors import NotFoundError, Problem
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


def _read(sources: Mapping[str, str], name: str, kind: type[T]) -> T:
    if name not in sources:
        raise NotFoundError(
            f"there is no wording file {name}",
            next_step="the languages are en, es and pt; restore the file from the package",
        )
    return read_text(sources[name], kind, file=name)


def describe(problem: Problem, messages: Mapping[str, str]) -> str:
    """The problem in the language of the messages: where it stands, what is wrong, and what was written there."""
    sentence = problem.message
    if problem.code in messages:
        sentence = Template(messages[problem.code]).safe_substitute(dict(problem.values))
    place = "file" if problem.line is None else "cell" if problem.field else "row"
    located = Template(messages[f"place.{place}"]).safe_substitute(
        file=problem.file, row=str(problem.line), field=problem.field, sentence=sentence
    )
    return f"{located} {Template(messages['seen']).safe_substitute(value=problem.value)}" if problem.value else located
