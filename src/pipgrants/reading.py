"""YAML files read into frozen dataclasses: closed key sets, every mistake listed with its line.

The dataclass is the schema; ``scalars`` reads its single values, and bounds them where a field is ``Annotated`` with a
``Bound``. A union of dataclasses that carry a ``keyword`` is
written as a mapping of that one keyword; of text and a mapping, as either. A ``ValueError`` raised by ``__post_init__``
becomes a problem at the line of its mapping, a ``MistakenValueError`` at the line of its key.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TypeVar

import yaml

from pipgrants.errors import DefinitionError, MistakenValueError, Problem
from pipgrants.scalars import Bound, expected, parse_scalar, unfit_character

T = TypeVar("T")


class _Mark(typing.Protocol):
    line: int


class _Word(typing.Protocol):
    """A dataclass that its keyword names in a union."""

    keyword: typing.ClassVar[str]


_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

LARGEST_FILE_BYTES = 1_000_000
DEEPEST_NESTING = 40
LINE = "line"
"""A dataclass field of this name is given the line of its mapping; it is no key of the file."""

_MISSING = object()
_HIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NULLS = {"", "~", "null"}


def read_file(path: Path, cls: type[T]) -> T:
    """The dataclass ``cls`` read from a YAML file. Raises DefinitionError listing every mistake."""
    return read_text(read_source(path), cls, file=str(path))


def read_source(path: Path) -> str:
    """The text of a definition file. Raises DefinitionError where it is absent, too large or not UTF-8."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise _unusable(str(path), f"the file is larger than {LARGEST_FILE_BYTES:,} bytes")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _unusable(str(path), f"the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _unusable(str(path), f"the file is not UTF-8 text (byte {error.start})") from error


def read_text(text: str, cls: type[T], *, file: str) -> T:
    """The dataclass ``cls`` read from YAML text; ``file`` names it in problems."""
    value, problems = examine_text(text, cls, file=file)
    if value is None or problems:
        raise mistakes_in(file, problems)
    return value


def read_accepted(text: str, cls: type[T], *, file: str) -> T:
    """The same of a text that was accepted once: bounds are not asked again, because they may have come since."""
    reader = _Reader(file, is_bounded=False)
    value = reader.convert(compose(text, file), cls, "")
    if reader.problems:
        raise mistakes_in(file, reader.problems)
    return typing.cast(T, value)


def examine_text(text: str, cls: type[T], *, file: str) -> tuple[T | None, tuple[Problem, ...]]:
    """The dataclass ``cls``, or None where it cannot be built, and every mistake of the text.

    A value that comes with mistakes serves to look for more of them, apart from those fields: what could not be read in
    them is left at its default. Raises DefinitionError where the text is not YAML.
    """
    return examine(compose(text, file), cls, file=file)


def examine(node: yaml.Node, cls: type[T], *, file: str) -> tuple[T | None, tuple[Problem, ...]]:
    """The same of a text composed already."""
    reader = _Reader(file)
    value = reader.convert(node, cls, "")
    return None if value is _MISSING else typing.cast(T, value), tuple(reader.problems)


def mistakes_in(file: str, problems: Sequence[Problem]) -> DefinitionError:
    """The error that lists the mistakes of a file in the order of their lines."""
    return DefinitionError(
        f"{file} has {len(problems)} mistake{'s' if len(problems) > 1 else ''}:",
        sorted(problems, key=lambda problem: problem.line or 0),
        next_step="correct the lines named and run the command again",
    )


def _unusable(file: str, message: str, line: int | None = None) -> DefinitionError:
    return DefinitionError(f"{file} cannot be used:", [Problem(file, line, "", message)])


def compose(text: str, file: str) -> yaml.Node:
    """The nodes of YAML text; ``file`` names it in problems. Raises DefinitionError where the text is not YAML."""
    try:
        _refuse_tricks(text, file)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise _unusable(file, _yaml_mistake(str(error.problem)), _line(error.problem_mark)) from error
    except yaml.YAMLError as error:
        raise _unusable(file, "the text holds a character that is not shown; type it again", _hidden(text)) from error
    if node is None:
        raise _unusable(file, "the file is empty")
    return node


_YAML_MISTAKES = {
    "found unexpected end of stream": "a quotation mark, or a bracket, is opened and never closed",
    "found character that cannot start any token": "a line begins with a tab or a mark such as @; indent with spaces, "
    "and put quotation marks around the text",
    "mapping values are not allowed": "a colon stands where none can; put quotation marks around a text with a colon",
    "could not find expected ':'": "a key without its colon, or a line that is not indented like those around it",
    "did not find expected key": "a line that is not indented like those around it, or text after a closing quotation "
    "mark",
    "expected <block end>": "a line that is not indented like those around it, or text after a closing quotation mark",
    "did not find expected '-' indicator": "a line that is not indented like the items of the list around it",
    "did not find expected ',' or": "a list in brackets without its comma or its closing bracket",
    "found undefined tag handle": "a mark ! before a text; put quotation marks around it",
}
"""What the reader of YAML reports, in the words of who writes the file."""


def _yaml_mistake(problem: str) -> str:
    known = (words for start, words in _YAML_MISTAKES.items() if problem.startswith(start))
    explained = next(known, "from here on nothing can be read; check colons, quotation marks and indents")
    return f"not valid YAML: {explained}"


def _hidden(text: str) -> int | None:
    """The line of the first character that YAML does not allow."""
    found = _HIDDEN.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _refuse_tricks(text: str, file: str) -> None:
    """Refuses what would be harmful to compose: aliases, which multiply, and nesting without end."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise _unusable(file, "aliases (*name) are not allowed; write the value out", _line(event.start_mark))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_NESTING:
            raise _unusable(file, f"nested deeper than {DEEPEST_NESTING} levels", _line(event.start_mark))


def _line(mark: _Mark | None) -> int | None:
    return None if mark is None else mark.line + 1


@cache
def _hints(cls: type) -> dict[str, object]:
    return typing.get_type_hints(cls, include_extras=True)


class _Reader:
    """Converts nodes and collects problems; a value that cannot be read becomes ``_MISSING``."""

    def __init__(self, file: str, *, is_bounded: bool = True) -> None:
        self.file = file
        self.is_bounded = is_bounded
        self.problems: list[Problem] = []

    def problem(self, node: yaml.Node, field: str, message: str) -> object:
        seen = node.value[:60] if isinstance(node, yaml.ScalarNode) else ""
        self.problems.append(Problem(self.file, node.start_mark.line + 1, field, message, seen))
        return _MISSING

    def convert(self, node: yaml.Node, kind: object, field: str) -> object:
        """The node as ``kind``, which is a type or a generic of types."""
        origin = typing.get_origin(kind)
        if origin is typing.Annotated:
            return self._bounded(node, typing.get_args(kind), field)
        if origin in (typing.Union, types.UnionType):
            return self._union(node, typing.get_args(kind), field)
        if origin in (tuple, frozenset):
            return self._sequence(node, origin, typing.get_args(kind)[0], field)
        if origin in (dict, Mapping):
            return self._mapping(node, typing.get_args(kind), field)
        if dataclasses.is_dataclass(kind):
            return self._record(node, typing.cast(type, kind), field)
        return self._scalar(node, kind, field)

    def _bounded(self, node: yaml.Node, kinds: tuple[object, ...], field: str) -> object:
        kind, *bounds = kinds
        value = self.convert(node, kind, field)
        if value is not _MISSING and self.is_bounded:
            for bound in typing.cast(list[Bound[object]], bounds):
                if not bound.holds(value):
                    return self.problem(node, field, f"expected {bound.expected}")
        return value

    def _union(self, node: yaml.Node, kinds: tuple[object, ...], field: str) -> object:
        is_null = isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NULLS
        rest = [kind for kind in kinds if kind is not type(None)]
        if len(rest) < len(kinds) and is_null:
            return None
        if len(rest) == 1:
            return self.convert(node, rest[0], field)
        texts = [kind for kind in rest if _is_text(kind)]
        if texts:
            is_text = isinstance(node, yaml.ScalarNode)
            return self.convert(node, texts[0] if is_text else next(kind for kind in rest if kind not in texts), field)
        words = typing.cast(list[type[_Word]], rest)
        return self._tagged(node, {word.keyword: word for word in words}, field)

    def _tagged(self, node: yaml.Node, kinds: dict[str, type[_Word]], field: str) -> object:
        allowed = ", ".join(sorted(kinds))
        if not isinstance(node, yaml.MappingNode) or len(node.value) != 1:
            return self.problem(node, field, f"expected one of: {allowed}")
        key, value = node.value[0]
        word = str(key.value)
        if word not in kinds:
            return self.problem(key, field, f"unknown word {word!r}; allowed: {allowed}")
        kind, inner = kinds[word], f"{field}.{word}" if field else word
        names = [name for name in _hints(kind) if name not in ("keyword", LINE)]
        if len(names) == 1 and not isinstance(value, yaml.MappingNode):
            only = self.convert(value, _hints(kind)[names[0]], inner)
            return _MISSING if only is _MISSING else self._build(value, kind, {names[0]: only}, inner)
        return self.convert(value, kind, inner)

    def _sequence(self, node: yaml.Node, collect: Callable[[list[object]], object], kind: object, field: str) -> object:
        if not isinstance(node, yaml.SequenceNode):
            return self.problem(node, field, "expected a list")
        items = [self.convert(item, kind, f"{field}[{index}]") for index, item in enumerate(node.value, 1)]
        if any(item is _MISSING for item in items):
            return _MISSING
        return collect(items)

    def _mapping(self, node: yaml.Node, kinds: tuple[object, ...], field: str) -> object:
        if not isinstance(node, yaml.MappingNode):
            return self.problem(node, field, "expected a mapping of names to values")
        names, kind = kinds
        values = {
            self.convert(key, names, field): self.convert(value, kind, f"{field}.{name}")
            for name, (key, value) in self._pairs(node, field).items()
        }
        return _MISSING if _MISSING in (*values, *values.values()) else values

    def _pairs(self, node: yaml.MappingNode, field: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in pairs:
                self.problem(key, field, f"the key {name!r} stands twice")
            pairs[name] = (key, value)
        return pairs

    def _record(self, node: yaml.Node, cls: type, field: str) -> object:
        if not isinstance(node, yaml.MappingNode):
            return self.problem(node, field, "expected a mapping of keys to values")
        pairs, hints = self._pairs(node, field), _hints(cls)
        fields = {item.name: item for item in dataclasses.fields(cls) if item.name != LINE}
        prefix = f"{field}." if field else ""
        can_be_built = is_whole = True
        for place, name in enumerate([name for name in pairs if name not in fields]):
            key, _ = pairs.pop(name)
            self.problem(key, f"{prefix}{name}", _unknown_key(name, list(fields), is_first=not place))
        values: dict[str, object] = {}
        for name, item in fields.items():
            if name in pairs:
                value = self.convert(pairs[name][1], hints[name], f"{prefix}{name}")
                if value is not _MISSING:
                    values[name] = value
                    continue
                is_whole = False
                can_be_built = can_be_built and _may_be_left_out(item)
            elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
                self.problem(node, f"{prefix}{name}", "this key is required")
                can_be_built = False
        return self._build(node, cls, values, field, is_whole=is_whole) if can_be_built else _MISSING

    def _build(
        self, node: yaml.Node, cls: type, values: dict[str, object], field: str, *, is_whole: bool = True
    ) -> object:
        """The record; what it says against values is told only where all that are written could be read."""
        if any(item.name == LINE for item in dataclasses.fields(cls)):
            values[LINE] = node.start_mark.line + 1
        try:
            return cls(**values)
        except MistakenValueError as error:
            written = {str(key.value): value for key, value in node.value}
            at = f"{field}.{error.key}" if field else error.key
            return self.problem(written[error.key], at, str(error)) if is_whole else _MISSING
        except ValueError as error:
            return self.problem(node, field, str(error)) if is_whole else _MISSING

    def _scalar(self, node: yaml.Node, kind: object, field: str) -> object:
        if not isinstance(node, yaml.ScalarNode):
            return self.problem(node, field, f"expected {expected(kind)}")
        unfit = unfit_character(node.value) if self.is_bounded else None
        if unfit:
            return self.problem(node, field, f"the text holds a character that is not shown ({unfit}); type it again")
        try:
            return parse_scalar(node.value, kind)
        except ValueError as error:
            return self.problem(node, field, str(error))


def _is_text(kind: object) -> bool:
    return kind is str or (typing.get_origin(kind) is typing.Annotated and typing.get_args(kind)[0] is str)


def _may_be_left_out(item: dataclasses.Field[object]) -> bool:
    """Whether a value that cannot be read is left at its default, so that the rest can be looked at."""
    return item.default is not dataclasses.MISSING and not isinstance(item.default, tuple)


def _unknown_key(name: str, allowed: list[str], *, is_first: bool) -> str:
    """What to say of an unknown key: the nearest one, and once in a mapping the list of all."""
    nearest = get_close_matches(name, allowed, 1)
    meant = f", perhaps {nearest[0]!r} is meant" if nearest else ""
    listed = f"; allowed: {', '.join(allowed)}" if is_first else ""
    return f"unknown key{meant}{listed}"
