"""Definition files: what cannot be read is said in plain words, with its line."""

from dataclasses import dataclass

import pytest

from pipgrants.errors import DefinitionError
from pipgrants.reading import read_text


@dataclass(frozen=True)
class Fair:
    """A definition to read."""

    title: str
    opens_on: str = ""
    visitors_count: int = 0


def mistakes(text: str) -> list[str]:
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
    [mistake] = mistakes(text)
    assert mistake.startswith(expected)


def test_unknown_key_suggests_the_nearest_one_and_lists_all_of_them_once() -> None:
    assert mistakes("title: a\nopen_on: b\nvisitor_count: 2\ncolour: red") == [
        "fair.yaml:2: open_on: unknown key, perhaps 'opens_on' is meant; allowed: title, opens_on, visitors_count "
        "(seen: 'open_on')",
        "fair.yaml:3: visitor_count: unknown key, perhaps 'visitors_count' is meant (seen: 'visitor_count')",
        "fair.yaml:4: colour: unknown key (seen: 'colour')",
    ]
