"""State machines read from YAML; a definition with any mistake is refused, with the list of all of them."""

from __future__ import annotations

from pathlib import Path

from pipgrants.dotted import is_apart
from pipgrants.reading import examine_text, mistakes_in, read_source
from pipgrants.workflow.check import Vocabulary, check
from pipgrants.workflow.definition import Machine


def load(path: Path, vocabulary: Vocabulary) -> Machine:
    """The machine defined in a file. Raises DefinitionError listing every mistake with its line."""
    return load_text(read_source(path), vocabulary, file=str(path))


def load_text(text: str, vocabulary: Vocabulary, *, file: str) -> Machine:
    """The machine defined in YAML text; ``file`` names it in problems. Raises DefinitionError like ``load``."""
    definition, problems = examine_text(text, Machine, file=file)
    if definition is not None:
        spoiled = [problem.field for problem in problems]
        found = check(definition, vocabulary, file)
        problems = (*problems, *(problem for problem in found if is_apart(problem.field, spoiled)))
    if definition is None or problems:
        raise mistakes_in(file, problems)
    return definition
