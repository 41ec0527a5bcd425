"""Text blocks that an agency edits, rendered in a closed subset of Jinja.

Three fences, each sufficient against what the next would meet:

1. A template may use only the constructs of ``ALLOWED_NODES``, a few filters, and the tests of ``TESTS``.
   There are no calls (but ``super()``), no arithmetic, no assignment, no underscore names, no loop within a loop, no
   block within anything, one base to extend, and a block ends at ``LONGEST_BLOCK``, so that the work a template can
   ask for is bounded. Filters change text, and nothing that Python would write out.
2. The data is frozen and plain: mappings, tuples, text, whole numbers, booleans, None. A name after a dot reads a key
   of a mapping and nothing else.
3. The environment is Jinja's ``ImmutableSandboxedEnvironment`` without globals.

Templates are read from a mapping of names to sources, never from the disk.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateError, TemplateNotFound, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pipgrants.errors import RefusedError

Frozen: TypeAlias = "str | int | bool | tuple[Frozen, ...] | MappingProxyType[str, Frozen] | None"

ALLOWED_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Extends,
    nodes.Block,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Filter,
    nodes.Test,
    nodes.If,
    nodes.CondExpr,
    nodes.For,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)
TEXT_FILTERS = ("capitalize", "lower", "trim", "upper")
"""Besides these there are ``first``, ``last``, ``length`` and ``join`` of lists, and ``default``."""
TESTS = ("defined", "none")
LONGEST_TEMPLATE = 50_000
LONGEST_BLOCK = 200_000
DEEPEST_NESTING = 40
TREES_KEPT = 128
LOOP_NAMES = ("first", "last", "index", "length")
TEMPLATE_ERRORS = (TemplateError, TypeError, ValueError, AttributeError, LookupError, RecursionError)
"""What a template can raise while it is read or rendered."""

_LONE_TAG = re.compile(r"^[ \t]*(\{%(?:(?!-?%\}).)*)(-?%\})[ \t]*\n", re.MULTILINE)
"""A line that holds one tag and nothing else prints nothing: its line end is moved into the tag."""

_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u2028-\u202e\u2066\u2067]")
_UNSEEN = re.compile(rf"(?![\t\n\r])(?:{_STEERING.pattern}|[\u2068\u2069])")
"""What a template itself may not hold: nobody who reads it sees these characters, and some turn an amount around."""
_SURROGATES = re.compile("[\ud800-\udfff]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_ISOLATES = re.compile("[\u2068\u2069]")
_ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")


def clean(text: str) -> str:
    """One line of text as it may stand in a letter; cleaning it twice changes nothing more.

    White space, line ends included, becomes single spaces, so that a value never looks like a block of its own.
    Control characters and those that turn the reading direction become U+FFFD; text that is written from right to left
    is isolated (Unicode annex 9), so that what stands around it keeps its order.
    """
    line = " ".join(text.split())
    if line.isascii() and line.isprintable():
        return line
    shown = _STEERING.sub("\ufffd", line)
    outside = _ISOLATED.sub("", shown)
    if _ISOLATES.search(outside):
        shown = outside = _ISOLATES.sub("\ufffd", shown)
    return f"\u2068{_ISOLATES.sub('', shown)}\u2069" if _RIGHT_TO_LEFT.search(outside) else shown


def freeze(value: object, place: str = "data") -> Frozen:
    """A deep, immutable, cleaned copy of plain data. Raises RefusedError naming the place of anything else."""
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple):
        return tuple(freeze(item, f"{place}[{index}]") for index, item in enumerate(value, 1))
    if isinstance(value, Mapping):
        return _freeze_mapping(value, place)
    raise RefusedError(
        f"{place} is a {type(value).__name__}; a letter is made of text, whole numbers, yes or no, and lists",
        next_step="this is a mistake of the program, not of the template; report it with the letter's number",
    )


def _freeze_mapping(value: Mapping[str, object], place: str) -> MappingProxyType[str, Frozen]:
    return MappingProxyType({str(key): freeze(item, f"{place}.{key}") for key, item in value.items()})


class BlockTemplates:
    """Text blocks by template name; one environment serves every letter."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._environment = _BlockEnvironment(loader=_CheckedLoader(sources))
        self._families: dict[str, _Family] = {}

    def render(self, name: str, data: Mapping[str, object], allowed: Collection[str]) -> dict[str, str]:
        """The text of every block of a template and of what it extends; ``allowed`` are the blocks it may have.

        Raises RefusedError naming file, line and reason where the template is absent, uses what is not allowed, or
        asks for a name that the data does not have.
        """
        frozen = _freeze_mapping(data, "data")
        try:
            family = self._families.get(name) or self._family(name)
            _refuse_unknown_blocks(name, set(family.blocks) - set(allowed), allowed)
            return family.texts(dict(frozen))
        except TEMPLATE_ERRORS as error:
            raise _refusal(name, error) from error

    def _family(self, name: str) -> _Family:
        """The template and the base it extends: the blocks of each, the template's own first."""
        template: Template = self._environment.get_template(name)
        base = self._environment.parent_of(name)
        if base is not None and self._environment.parent_of(base) is not None:
            raise SecurityError(f"a base extends nothing; {base} does")
        blocks: dict[str, list[Callable[[Context], Iterator[str]]]] = {}
        for member in (name, base) if base else (name,):
            for block, function in self._environment.get_template(member).blocks.items():
                blocks.setdefault(block, []).append(function)
        self._families[name] = _Family(self._environment, template, blocks)
        return self._families[name]


def _refuse_unknown_blocks(name: str, unknown: set[str], allowed: Collection[str]) -> None:
    if unknown:
        raise RefusedError(
            f"{name}: there is no place for a block named {', '.join(sorted(unknown))}",
            next_step=f"use the blocks of this document: {', '.join(allowed)}",
        )


@dataclass(frozen=True, slots=True)
class _Family:
    environment: Environment
    template: Template
    blocks: dict[str, list[Callable[[Context], Iterator[str]]]]

    def texts(self, data: dict[str, object]) -> dict[str, str]:
        """The text of every block. One context serves all: no template can change what it holds."""
        context: Context = self.template.new_context(data)
        context.blocks = self.blocks
        try:
            return {block: "".join(_limited(function(context), block)) for block, (function, *_) in self.blocks.items()}
        except TEMPLATE_ERRORS:
            self.environment.handle_exception()


def _limited(pieces: Iterable[str], block: str) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > LONGEST_BLOCK:
            raise SecurityError(f"the block {block!r} grows beyond {LONGEST_BLOCK:,} characters")
        yield piece


def _only_of(kinds: tuple[type, ...], what: str, change: Callable[..., object]) -> Callable[..., object]:
    """A filter that takes values of some kinds; what is not there says itself that it is not."""

    def changed(value: object, *given: object) -> object:
        if not isinstance(value, (*kinds, Undefined)) or isinstance(value, bool):
            raise SecurityError(f"this filter takes {what}, and nothing else")
        return change(value, *given)

    return changed


def _end(values: Sequence[object], place: int) -> object:
    return values[place] if values else StrictUndefined("what is empty has no first and no last item")


def _join(values: Frozen, separator: str = "") -> str:
    if not isinstance(values, tuple):
        raise SecurityError("join takes a list")
    if not isinstance(separator, str):
        raise SecurityError("join puts text between the items of a list, and nothing else")
    return separator.join(map(str, values))


ITEM = "[]"
"""The part of a path that stands for each item of a list."""
LISTED = "[...]"
"""The end of the path of what a loop goes through, which must be a list."""


class Used(NamedTuple):
    """A name that a template asks for, with what it reads of it: ``decision.amount`` as two parts.

    A name of a loop is read from what the loop goes through: ``words`` says ``reason.text`` where the path is
    ``reasons``, ``ITEM``, ``text``.
    """

    file: str
    line: int
    words: str
    path: tuple[str, ...]


def names_used(sources: Mapping[str, str], name: str) -> list[Used]:
    """The names of the data that a template and its base ask for.

    Raises RefusedError as ``BlockTemplates.render`` does, and for what a loop does not say of itself.
    """
    environment = _BlockEnvironment(loader=_CheckedLoader(sources))
    try:
        base = environment.parent_of(name)
        files = (name, base) if base else (name,)
        return [used for file in files for used in _names_in(environment.tree_of(file), file, {})]
    except TEMPLATE_ERRORS as error:
        raise _refusal(name, error) from error


class Outside(NamedTuple):
    """Something that a template would print outside its blocks, where no document shows it: the line, and the words."""

    line: int
    words: str


def outside_blocks(sources: Mapping[str, str], name: str) -> tuple[Outside, ...]:
    """What a template says where nobody reads it. Raises RefusedError as ``BlockTemplates.render`` does."""
    try:
        return tuple(_outside(_BlockEnvironment(loader=_CheckedLoader(sources)).tree_of(name)))
    except TEMPLATE_ERRORS as error:
        raise _refusal(name, error) from error


def _outside(node: nodes.Node) -> Iterator[Outside]:
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Output):
            yield from (found for part in child.nodes if (found := _printed(part)))
        elif not isinstance(child, nodes.Block):
            yield from _outside(child)


def _printed(part: nodes.Node) -> Outside | None:
    """What a part of an output says; white space says nothing."""
    if not isinstance(part, nodes.TemplateData):
        return Outside(part.lineno, "{{ ... }}")
    before = part.data[: len(part.data) - len(part.data.lstrip())]
    return Outside(part.lineno + before.count("\n"), " ".join(part.data.split())) if part.data.strip() else None


def _names_in(node: nodes.Node, file: str, bound: Mapping[str, tuple[str, ...]]) -> Iterator[Used]:
    """The names below a node; ``bound`` are the names of loops, with the path of what each stands for."""
    if isinstance(node, nodes.For):
        yield from _names_in_loop(node, file, bound)
        return
    path = () if isinstance(node, nodes.Filter) else _path(node)
    if not path:
        for child in node.iter_child_nodes():
            yield from _names_in(child, file, bound)
    elif path[0] == "loop" and bound:
        _refuse_loop_name(path, file, node.lineno)
    elif path[0] != "super":
        yield from _used(path, file, node.lineno, bound)


def _names_in_loop(node: nodes.For, file: str, bound: Mapping[str, tuple[str, ...]]) -> Iterator[Used]:
    """What a loop goes through, and what it asks of each item; after ``else`` its name stands for nothing."""
    listed = _path(node.iter)
    if listed:
        yield from _used((*listed, LISTED), file, node.lineno, bound)
    else:
        yield from _names_in(node.iter, file, bound)
    inner = {**bound, str(getattr(node.target, "name", "")): (*listed, ITEM) if listed else ()}
    for child in (*node.body, *([node.test] if node.test else [])):
        yield from _names_in(child, file, inner)
    for child in node.else_:
        yield from _names_in(child, file, bound)


def _used(path: tuple[str, ...], file: str, line: int, bound: Mapping[str, tuple[str, ...]]) -> Iterator[Used]:
    """The name with what it stands for; nothing for one of a loop over what has no name itself."""
    stands_for = bound.get(path[0], path[:1])
    if stands_for:
        yield Used(file, line, ".".join(part for part in path if part not in (ITEM, LISTED)), (*stands_for, *path[1:]))


def _refuse_loop_name(path: tuple[str, ...], file: str, line: int) -> None:
    if len(path) > 1 and path[1] not in LOOP_NAMES:
        raise _located(SecurityError(f"a loop has no {path[1]!r}; it has {', '.join(LOOP_NAMES)}"), file, line)


def _path(node: nodes.Node) -> tuple[str, ...]:
    """``a.b.c`` in its parts, ``(a | first).b`` as ``a``, an item, ``b``; nothing where a node is of neither form."""
    match node:
        case nodes.Name():
            return (node.name,)
        case nodes.Getattr():
            before = _path(node.node)
            return (*before, node.attr) if before else ()
        case nodes.Filter() if node.name in ("first", "last") and node.node is not None:
            before = _path(node.node)
            return (*before, ITEM) if before else ()
    return ()


class _CheckedLoader(BaseLoader):
    """Gives a template out only after its syntax was compared with the closed subset."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources

    def get_source(self, _environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source = self.sources.get(template)
        if source is None:
            raise TemplateNotFound(template, message=f"there is no template {template}")
        if len(source) > LONGEST_TEMPLATE:
            raise SecurityError(f"a template has at most {LONGEST_TEMPLATE:,} characters; this one has {len(source):,}")
        _refuse_unseen(source, template)
        source = _LONE_TAG.sub(r"\1\n\2", source)
        _checked(source, template)
        return source, template, lambda: True


def _refuse_unseen(source: str, file: str) -> None:
    if found := _UNSEEN.search(source):
        raise _located(SecurityError(_unseen(found[0])), file, source.count("\n", 0, found.start()) + 1)


def _unseen(character: str) -> str:
    return f"the character U+{ord(character):04X} cannot be seen, and steers what can; remove it"


@lru_cache(TREES_KEPT)
def _checked(source: str, file: str) -> nodes.Template:
    """The syntax of a template within the closed subset; all that a check asks of a template begins with it."""
    tree = ImmutableSandboxedEnvironment().parse(source, file, file)
    _check(tree, file)
    return tree


def _printable(value: object) -> object:
    """What stands between braces, where it is text or a number; nothing else says anything to a reader."""
    if isinstance(value, str | Undefined) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if value is None:
        raise SecurityError("what is to be printed here may be nothing; ask before whether it is there: {% if ... %}")
    raise SecurityError("only text and numbers are printed; name a part of it, or go through it: {% for ... %}")


class _BlockEnvironment(ImmutableSandboxedEnvironment):
    def __init__(self, loader: _CheckedLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            cache_size=-1,
            auto_reload=False,
            autoescape=False,
            finalize=_printable,
        )
        self.checked_loader = loader
        self.globals = {}
        of_lists: dict[str, Callable[..., object]] = {
            "first": partial(_end, place=0),
            "last": partial(_end, place=-1),
            "length": len,
        }
        self.filters = (
            {name: _only_of((str, int), "text", self.filters[name]) for name in TEXT_FILTERS}
            | {name: _only_of((str, tuple), "text or a list", change) for name, change in of_lists.items()}
            | {"default": self.filters["default"], "join": _join}
        )
        self.tests = {name: self.tests[name] for name in TESTS}

    def getattr(self, obj: object, attribute: str) -> object:
        """A key of a mapping, or what a loop says of itself; nothing else is reachable through a dot."""
        if isinstance(obj, MappingProxyType) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext) and attribute in LOOP_NAMES:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def tree_of(self, name: str) -> nodes.Template:
        """The syntax of a template, checked."""
        source, _, _ = self.checked_loader.get_source(self, name)
        return _checked(source, name)

    def parent_of(self, name: str) -> str | None:
        """The template that this one extends."""
        extends = self.tree_of(name).find(nodes.Extends)
        return None if extends is None else str(extends.template.as_const())


def _check(node: nodes.Node, file: str, in_loop: bool = False, depth: int = 0) -> None:
    """Refuse what lies outside the closed subset, at its line."""
    reason = _objection(node, in_loop, depth)
    if reason:
        raise _located(SecurityError(reason), file, node.lineno)
    if isinstance(node, nodes.Call):
        return
    for child in node.iter_child_nodes():
        _check(child, file, in_loop or isinstance(node, nodes.For), depth + 1)


def _objection(node: nodes.Node, in_loop: bool, depth: int) -> str:
    if not isinstance(node, (*ALLOWED_NODES, nodes.Call)):
        return f"'{type(node).__name__}' is not allowed; allowed are names, filters, if, for and blocks"
    if depth > DEEPEST_NESTING:
        return f"nested deeper than {DEEPEST_NESTING} levels"
    if depth > 1 and isinstance(node, nodes.Block | nodes.Extends):
        return "blocks and extends stand by themselves: not in a block, nor in an if or for"
    match node:
        case nodes.For():
            return _objection_to_loop(node, in_loop)
        case nodes.Extends() if not isinstance(node.template, nodes.Const):
            return "the name of the template extended is written out in quotes"
        case nodes.Filter() if node.node is None:
            return "a filter stands after a value"
    return _objection_to_words(node)


def _objection_to_words(node: nodes.Node) -> str:
    """Why a name, a call or a text in quotes is not allowed."""
    match node:
        case nodes.Call():
            is_super = isinstance(node.node, nodes.Name) and node.node.name == "super"
            bare = not (node.args or node.kwargs or node.dyn_args or node.dyn_kwargs)
            return "" if is_super and bare else "nothing can be called but super()"
        case nodes.Name() if node.name.startswith("_") or node.name in ("self", "super"):
            return f"the name {node.name!r} is not allowed"
        case nodes.Getattr() if node.attr.startswith("_"):
            return f"the name {node.attr!r} is not allowed"
        case nodes.Const(value=str(text)) if _SURROGATES.search(text):
            return "half a character (U+D800 to U+DFFF) is text that cannot be written"
        case nodes.Const(value=str(text)) if found := _UNSEEN.search(text):
            return _unseen(found[0])
    return ""


def _objection_to_loop(node: nodes.For, in_loop: bool) -> str:
    if in_loop:
        return "a loop does not stand in another"
    return "a loop is not recursive" if node.recursive else ""


def _located(error: SecurityError, file: str, line: int) -> SecurityError:
    error.add_note(f"{file}:{line}")
    return error


def _refusal(name: str, error: Exception) -> RefusedError:
    place = next(iter(getattr(error, "__notes__", ())), "") or _place(name, error)
    reason = getattr(error, "message", None) or str(error) or type(error).__name__
    return RefusedError(
        f"{place}: the template cannot be used: {reason}",
        next_step="correct the template at that line; no other letter is affected",
    )


def _place(name: str, error: Exception) -> str:
    line = getattr(error, "lineno", None)
    if line is not None:
        return f"{getattr(error, 'name', None) or name}:{line}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else name
