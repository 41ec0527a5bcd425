"""Templates that staff edit reach the data of their letter and nothing else."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escapes import DATA, ESCAPES, block
from pipgrants.errors import RefusedError
from pipgrants.letters.sandbox import LONGEST_BLOCK, BlockTemplates, clean, freeze


def render(source, data=DATA):
    return BlockTemplates({"letters/x.en.j2": source}).render("letters/x.en.j2", data, ["decision"])


@pytest.mark.parametrize("body", ESCAPES.values(), ids=ESCAPES.keys())
def test_escape_is_refused_with_its_file(body):
    with pytest.raises(RefusedError, match=r"(letters/x\.en\.j2|etc/passwd)"):
        render(block(body))


def test_block_is_bounded_by_what_it_prints():
    body = "{% for letter in title %}" + "x" * 100 + "{% endfor %}"
    with pytest.raises(RefusedError, match=f"grows beyond {LONGEST_BLOCK:,}"):
        render(block(body), {**DATA, "title": "a" * 5_000})


def test_base_that_extends_another_is_refused():
    sources = {
        "letters/x.en.j2": "{% extends 'letters/b.j2' %}{% block decision %}{{ super() }}{{ super() }}{% endblock %}",
        "letters/b.j2": "{% extends 'letters/c.j2' %}{% block decision %}{{ super() }}{{ super() }}{% endblock %}",
        "letters/c.j2": "{% block decision %}x{% endblock %}",
    }
    with pytest.raises(RefusedError, match=r"a base extends nothing; letters/b\.j2 does"):
        BlockTemplates(sources).render("letters/x.en.j2", DATA, ["decision"])


def test_template_is_bounded_in_length():
    with pytest.raises(RefusedError, match="at most 50,000 characters"):
        render(block("x" * 50_001))


def test_refusal_names_the_line_of_a_forbidden_construct():
    with pytest.raises(RefusedError, match=r"letters/x\.en\.j2:3: .*nothing can be called"):
        render("{% block decision %}\n\n{{ title.upper() }}\n{% endblock %}")


def test_refusal_names_the_line_of_a_name_that_the_data_does_not_have():
    with pytest.raises(RefusedError, match=r"letters/x\.en\.j2:4: .*amount"):
        render("{% block decision %}\n{% if title %}\n\n{{ call.amount }}\n{% endif %}\n{% endblock %}")


def test_refusal_names_the_line_of_a_syntax_error():
    with pytest.raises(RefusedError, match=r"letters/x\.en\.j2:2: "):
        render("{% block decision %}\n{{ title }\n{% endblock %}")


@pytest.mark.parametrize("hidden", ["\u202e", "\\u202e", "\u2068", "\x1b"])
def test_refusal_names_the_line_of_a_character_that_nobody_sees(hidden):
    with pytest.raises(RefusedError, match=r"letters/x\.en\.j2:2: .*the character U\+[0-9A-F]{4} cannot be seen"):
        render("{% block decision %}\nUSD {{ '" + hidden + "00.05' }}\n{% endblock %}")


@pytest.mark.parametrize("around", ["{% if title %}#{% endif %}", "{% block decision %}#{% endblock %}"])
def test_block_within_anything_is_refused_with_its_line(around):
    inner = "\n{% block closing %}x{% endblock %}"
    with pytest.raises(RefusedError, match=r"letters/x\.en\.j2:2: .*blocks and extends stand by themselves"):
        BlockTemplates({"letters/x.en.j2": around.replace("#", inner)}).render("letters/x.en.j2", DATA, ["closing"])


def test_filters_change_text_and_numbers_and_lists():
    body = "{{ title | lower }} {{ 7 | upper }} {{ items | first }} {{ title | last }} {{ items | length }}"
    assert render(block(body)) == {"decision": "t 7 a T 2"}


def test_filter_of_a_name_that_is_not_there_says_so():
    with pytest.raises(RefusedError, match="'nobody' is undefined"):
        render(block("{{ nobody | upper }}"))


def test_absent_template_is_refused():
    with pytest.raises(RefusedError, match=r"there is no template letters/y\.en\.j2"):
        BlockTemplates({}).render("letters/y.en.j2", DATA, ["decision"])


def test_unknown_block_is_refused_with_the_allowed_ones():
    with pytest.raises(RefusedError, match="use the blocks of this document: decision"):
        render("{% block desicion %}x{% endblock %}")


def test_child_overrides_its_parent_and_may_quote_it():
    sources = {
        "letters/base.en.j2": "{% block decision %}parent{% endblock %}{% block closing %}bye{% endblock %}",
        "letters/x.en.j2": "{% extends 'letters/base.en.j2' %}{% block decision %}child of {{ super() }}{% endblock %}",
    }
    blocks = BlockTemplates(sources).render("letters/x.en.j2", DATA, ["decision", "closing"])
    assert blocks == {"decision": "child of parent", "closing": "bye"}


def test_line_that_holds_only_a_tag_prints_nothing():
    body = "\nfirst\n{% if title %}\n  second {{ title }}{% if items %}, third{% endif %}\n{% endif %}\n\nlast\n"
    assert render(block(body))["decision"] == "first\n  second T, third\n\nlast\n"


def test_data_is_literal_even_where_it_looks_like_a_template():
    hostile = "{{ 7 * 7 }} {% include 'x' %} <script> $amount"
    assert render(block("{{ title }}"), {"title": hostile}) == {"decision": hostile}


def test_frozen_data_cannot_be_changed():
    frozen = freeze({"call": {"titles": ["a"]}})
    assert (type(frozen["call"]), frozen["call"]["titles"]) == (MappingProxyType, ("a",))


def test_what_is_not_plain_is_refused_with_its_place():
    with pytest.raises(RefusedError, match=r"data\.call\[2\] is a float"):
        freeze({"call": ["a", 0.5]})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\n\n- lines\tand\r\ntab", "two - lines and tab"),
        ("null\x00byte", "null\ufffdbyte"),
        ("over\u202eride", "over\ufffdride"),
        ("مرحبا", "\u2068مرحبا\u2069"),
        ("arabic\u061cmark", "arabic\ufffdmark"),
        ("stray \u2069 isolate", "stray \ufffd isolate"),
        ("👩‍🌾 café", "👩‍🌾 café"),
    ],
)
def test_clean_leaves_one_line_that_steers_nothing(text, shown):
    assert clean(text) == shown


@given(st.text(st.characters(codec="utf-8")))
def test_clean_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)
