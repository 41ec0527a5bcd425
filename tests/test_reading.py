"""Definition files: closed keys, every mistake with its line, scalars as written, and no harm from hostile text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.errors import DefinitionError, MistakenValueError
from pipgrants.reading import DEEPEST_NESTING, LARGEST_FILE_BYTES, examine_text, read_file, read_text


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class AtLeast:
    fact: str
    value: Decimal
    keyword: str = "at_least"


@dataclass(frozen=True)
class AllOf:
    rules: "tuple[AtLeast | AllOf, ...]"
    keyword: str = "all_of"


@dataclass(frozen=True)
class Line:
    amount: Decimal
    line: int = 0


@dataclass(frozen=True)
class Form:
    name: str
    count: int = 0
    share: Decimal | None = None
    opens_at: datetime | None = None
    due_on: date | None = None
    public: bool = False
    colours: tuple[Colour, ...] = ()
    lines: tuple[Line, ...] = ()
    texts: Mapping[str, str] | None = None
    place: Mapping[str, str] | str = ""
    rule: AtLeast | AllOf | None = None

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError("a count is not negative")
        if self.place == "nowhere":
            raise MistakenValueError("place", "a place is somewhere")


def read(text: str) -> Form:
    return read_text(text, Form, file="form.yaml")


def mistakes(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(DefinitionError) as refused:
        read(text)
    return [(problem.line, problem.field, problem.message) for problem in refused.value.problems]


# Values as written


def test_scalars_are_taken_as_they_are_written() -> None:
    form = read(
        "name: 007\ncount: 12\nshare: 0.10\nopens_at: 2026-01-12 09:00\ndue_on: 2026-03-31\npublic: true\n"
        "colours: [red, blue]\nlines:\n  - amount: 1.50\n  - amount: 0.1\ntexts: {en: 'yes', es: 1.0}\n"
    )
    assert form == Form(
        "007",
        12,
        Decimal("0.10"),
        datetime.fromisoformat("2026-01-12 09:00"),
        date(2026, 3, 31),
        True,
        (Colour.RED, Colour.BLUE),
        (Line(Decimal("1.50"), 9), Line(Decimal("0.1"), 10)),
        {"en": "yes", "es": "1.0"},
    )
    assert str(form.share) == "0.10"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15))
def test_a_decimal_keeps_every_digit(number: Decimal) -> None:
    text = format(number, "f")
    assert str(read(f"name: x\nshare: {text}\n").share) == text


@pytest.mark.parametrize("empty", ["null", "~", ""])
def test_an_optional_value_may_be_left_empty(empty: str) -> None:
    assert read(f"name: x\nshare: {empty}\n").share is None


def test_rules_are_words_with_parameters() -> None:
    form = read("name: x\nrule:\n  all_of:\n    - at_least: {fact: members, value: 3}\n    - all_of: []\n")
    assert form.rule == AllOf((AtLeast("members", Decimal(3)), AllOf(())))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("share: 1e-3", "a plain decimal number"),
        ("share: 1,000.50", "a plain decimal number"),
        ("share: .5", "a plain decimal number"),
        ("share: nan", "a plain decimal number"),
        ("share: 0x10", "a plain decimal number"),
        ("share: 1_000", "a plain decimal number"),
        ("share: ١٢", "a plain decimal number"),
        (f"share: {'9' * 41}", "a plain decimal number"),
        ("count: 1.0", "a whole number"),
        ("count: [1]", "a whole number"),
        ("public: yes", "true or false"),
        ("public: True", "true or false"),
        ("due_on: 31/03/2026", "a date written YYYY-MM-DD"),
        ("due_on: 2026-02-30", "there is no day 30 in 2026-02, which has 28 days; expected a date written YYYY-MM-DD"),
        ("due_on: 30.02.2026", "expected a date written YYYY-MM-DD"),
        ("due_on: 20260331", "expected a date written YYYY-MM-DD"),
        ("due_on: 2026-W14-2", "expected a date written YYYY-MM-DD"),
        ("due_on: 2026-03-31 17:00", "expected a date written YYYY-MM-DD"),
        ("opens_at: 2026-03-31", "a local date and time written YYYY-MM-DD HH:MM"),
        ("opens_at: 20260331T170000", "a local date and time written YYYY-MM-DD HH:MM"),
        ("due_on: 0000-02-30", "there is no year 0000; expected a date"),
        ("opens_at: 2026-02-30 17:00", "there is no day 30 in 2026-02, which has 28 days; expected a local date and"),
        ("opens_at: 2026-00-01 17:00", "there is no month 00, the months are 01 to 12; expected"),
        ("opens_at: 2026-03-31 25:00", "there is no hour 25, the hours are 00 to 23; expected"),
        ("opens_at: 2026-03-31 17:60", "there is no minute 60, the minutes are 00 to 59; expected"),
        ("opens_at: 2026-01-12T09:00:00Z", "a local date and time"),
        ("colours: [green]", "one of: red, blue"),
        ("colours: red", "a list"),
        ("texts: [a]", "a mapping of names to values"),
        ("lines: [3]", "a mapping of keys to values"),
        ("rule: {unless: 3}", "unknown word 'unless'; allowed: all_of, at_least"),
        ("rule: {at_least: {fact: a, value: 1}, all_of: []}", "expected one of: all_of, at_least"),
        ("count: -1", "a count is not negative"),
    ],
)
def test_a_value_of_another_kind_is_named_with_what_was_expected(written: str, expected: str) -> None:
    (found,) = mistakes(f"name: x\n{written}\n")
    assert expected in found[2]


@pytest.mark.parametrize(
    ("written", "place"),
    [("La Ceiba", "La Ceiba"), ("{en: the Gulf, es: el Golfo}", {"en": "the Gulf", "es": "el Golfo"})],
)
def test_what_may_be_text_or_a_mapping_is_read_as_it_is_written(written: str, place: object) -> None:
    assert read(f"name: x\nplace: {written}\n").place == place


# Every mistake with its line


def test_a_value_that_its_key_cannot_have_is_at_the_line_of_the_key() -> None:
    assert mistakes("name: x\ncount: 3\nplace: nowhere\n") == [(3, "place", "a place is somewhere")]


def test_all_mistakes_are_listed_in_the_order_of_their_lines() -> None:
    found = mistakes(
        "colour: red\n"
        "count: many\n"
        "share: half\n"
        "lines:\n"
        "  - amount: 1\n"
        "  - amont: 2\n"
        "  - amount: 3\n"
        "    note: x\n"
        "colours: [red, green]\n"
    )
    assert [(line, field) for line, field, _ in found] == [
        (1, "colour"),
        (1, "name"),
        (2, "count"),
        (3, "share"),
        (6, "lines[2].amont"),
        (6, "lines[2].amount"),
        (8, "lines[3].note"),
        (9, "colours[2]"),
    ]
    assert found[0][2].startswith("unknown key, perhaps 'colours' is meant; allowed: name, count, share, opens_at")


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    assert mistakes("name: x\ncount: 1\ncount: 2\n") == [(3, "", "the key 'count' stands twice")]
    assert mistakes("name: x\ntexts: {en: a, en: b}\n") == [(2, "texts", "the key 'en' stands twice")]


def test_an_error_names_the_file_the_line_and_what_to_do() -> None:
    with pytest.raises(DefinitionError) as refused:
        read("name: x\ncount: many\n")
    assert str(refused.value) == (
        "form.yaml has 1 mistake:\n"
        "  form.yaml:2: count: expected a whole number (seen: 'many')\n"
        "  Next: correct the lines named and run the command again"
    )


def test_what_can_be_built_comes_with_its_mistakes() -> None:
    form, problems = examine_text("name: x\nunknown: 1\n", Form, file="form.yaml")
    assert form == Form("x")
    assert len(problems) == 1


# Hostile text


@pytest.mark.parametrize(
    "text",
    [
        "[" * 900_000,
        "name: " + "[" * 900_000,
        "{a: " * 240_000,
        "- " * 450_000,
        "? " * 450_000,
        "[" * 200_000 + "]" * 200_000,
        "\n".join(" " * depth + "a:" for depth in range(1_300)),
    ],
    ids=["open brackets", "brackets", "braces", "dashes", "question marks", "closed brackets", "indentation"],
)
def test_nesting_without_end_is_refused_at_once(text: str) -> None:
    with pytest.raises(DefinitionError, match=f"nested deeper than {DEEPEST_NESTING} levels"):
        read(text)


def test_nesting_as_deep_as_allowed_is_read_and_one_level_more_is_not() -> None:
    def nested(depth: int) -> str:
        return "name: x\nrule: " + "{all_of: [" * depth + "]}" * depth

    deepest = next(depth for depth in range(1, 60) if not _is_read(nested(depth))) - 1
    assert DEEPEST_NESTING // 2 - 3 <= deepest <= DEEPEST_NESTING // 2


def _is_read(text: str) -> bool:
    try:
        read(text)
    except DefinitionError:
        return False
    return True


def test_aliases_are_refused_before_they_multiply() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(DefinitionError, match=r"form\.yaml:2: aliases \(\*name\) are not allowed"):
        read(bomb)


@pytest.mark.parametrize(
    "text",
    [
        "name: !!python/object/apply:os.system ['true']",
        "name: !!python/name:os.system",
        "!!python/object:pipgrants.errors.Problem {}",
    ],
)
def test_no_tag_makes_an_object(text: str) -> None:
    with pytest.raises(DefinitionError):
        read(text + "\nunknown: 1\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("name: x\n---\nname: y\n", "not valid YAML"),
        ("name: [x\n", "not valid YAML"),
        ("name: x\n\tcount: 1\n", "not valid YAML"),
        ("name: 'x\n", "not valid YAML"),
        ("name: \x00\n", "character that is not shown"),
        ("just text", "expected a mapping of keys to values"),
        ("- name: x\n", "expected a mapping of keys to values"),
        ("? [a, b]\n: 1\nname: x\n", "unknown key"),
        ("<<: {name: x}\n", "unknown key"),
    ],
)
def test_what_is_no_definition_is_refused_with_words(text: str, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        read(text)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except DefinitionError as error:
        assert error.problems


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("files") / "form.yaml"
    path.write_bytes(content)
    try:
        read_file(path, Form)
    except DefinitionError as error:
        assert error.problems


# Files


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "form.yaml"
    path.write_text("#" * (LARGEST_FILE_BYTES + 1))
    with pytest.raises(DefinitionError, match="larger than 1,000,000 bytes"):
        read_file(path, Form)


def test_a_file_that_is_absent_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="cannot be read: No such file"):
        read_file(tmp_path / "none.yaml", Form)
    path = tmp_path / "form.yaml"
    path.write_bytes(b"name: a\xf1o\n")
    with pytest.raises(DefinitionError, match=r"is not UTF-8 text \(byte 7\)"):
        read_file(path, Form)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "form.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\n")
    assert read_file(path, Form) == Form("x")


# In plain words


@dataclass(frozen=True)
class Fair:
    """A definition to read."""

    title: str
    opens_on: str = ""
    visitors_count: int = 0


def mistakes_of_fair(text: str) -> list[str]:
    with pytest.raises(DefinitionError) as refused:
        read_text(text, Fair, file="fair.yaml")
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: a\nopens_on: b\x07", "fair.yaml:2: the text holds a character that is not shown; type it again"),
        ("title: a: b", "fair.yaml:1: not valid YAML: a colon stands where none can; put quotation marks around"),
        ("title: 'a", "fair.yaml:1: not valid YAML: a quotation mark, or a bracket, is opened and never closed"),
        ("title: @a", "fair.yaml:1: not valid YAML: a line begins with a tab or a mark such as @"),
        ("title: [a, b\nopens_on: c", "fair.yaml:2: not valid YAML: a list in brackets without its comma"),
        ('title: "\\q"', "fair.yaml:1: not valid YAML: from here on nothing can be read"),
    ],
)
def test_text_that_is_no_yaml_says_what_to_look_for(text: str, expected: str) -> None:
    [mistake] = mistakes_of_fair(text)
    assert mistake.startswith(expected)


def test_unknown_key_suggests_the_nearest_one_and_lists_all_of_them_once() -> None:
    assert mistakes_of_fair("title: a\nopen_on: b\nvisitor_count: 2\ncolour: red") == [
        "fair.yaml:2: open_on: unknown key, perhaps 'opens_on' is meant; allowed: title, opens_on, visitors_count "
        "(seen: 'open_on')",
        "fair.yaml:3: visitor_count: unknown key, perhaps 'visitors_count' is meant (seen: 'visitor_count')",
        "fair.yaml:4: colour: unknown key (seen: 'colour')",
    ]


@dataclass(frozen=True)
class Titled:
    title: str


@pytest.mark.parametrize(("written", "code"), [(r"\0", "U+0000"), (r"\uFFFE", "U+FFFE"), (r"\u202E", "U+202E")])
def test_character_that_no_value_holds_is_refused_with_its_line_and_key(written: str, code: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        read_text(f'\ntitle: "a{written}b"', Titled, file="call.yaml")
    (problem,) = refused.value.problems
    said = f"the text holds a character that is not shown ({code}); type it again"
    assert (problem.line, problem.field, problem.message) == (2, "title", said)
