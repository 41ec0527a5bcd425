"""Templates that staff edit reach the data of their letter and nothing else."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.errors import RefusedError
from pipgrants.letters.sandbox import LONGEST_BLOCK, BlockTemplates, clean, freeze

ESCAPES = {
    "class": "{{ title.__class__ }}",
    "subclasses": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "globals through a method": "{{ title.upper.__globals__ }}",
    "item of a dunder": "{{ title['__class__'] }}",
    "attr filter": "{{ title | attr('__class__') }}",
    "self": "{{ self }}",
    "self block": "{{ self.decision() }}",
    "environment of self": "{{ self._TemplateReference__context.environment }}",
    "method call": "{{ title.upper() }}",
    "format method": "{{ '{0.__class__}'.format(title) }}",
    "format filter": "{{ '%s' | format(title) }}",
    "format operator": "{{ '%1000000000s' % title }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "repetition": "{{ 'a' * 1000000000 }}",
    "addition": "{{ 'a' + 'a' }}",
    "concatenation": "{{ title ~ title }}",
    "range": "{% for i in range(1000000000) %}x{% endfor %}",
    "lipsum globals": "{{ lipsum.__globals__ }}",
    "lipsum": "{{ lipsum(1000000) }}",
    "cycler": "{{ cycler.__init__.__globals__.os }}",
    "joiner": "{{ joiner.__init__ }}",
    "namespace": "{% set ns = namespace(x=1) %}",
    "dict": "{{ dict(a=1) }}",
    "safe": "{{ title | safe }}",
    "xmlattr": "{{ call | xmlattr }}",
    "urlize": "{{ title | urlize }}",
    "map attribute": "{{ items | map(attribute='__class__') | list }}",
    "selectattr": "{{ items | selectattr('__class__') | list }}",
    "tojson": "{{ call | tojson }}",
    "pprint": "{{ call | pprint }}",
    "set": "{% set x = title %}",
    "macro": "{% macro m() %}{{ m() }}{% endmacro %}",
    "call block": "{% call title() %}{% endcall %}",
    "import": "{% import 'letters/base.en.j2' as base %}",
    "from import": "{% from 'letters/base.en.j2' import x %}",
    "include": "{% include '../../../etc/passwd' %}",
    "include absolute": "{% include '/etc/passwd' %}",
    "filter block": "{% filter upper %}x{% endfilter %}",
    "autoescape": "{% autoescape false %}x{% endautoescape %}",
    "recursive loop": "{% for i in items recursive %}{{ loop(items) }}{% endfor %}",
    "loop of loops": "{% for i in items %}{% for j in items %}x{% endfor %}{% endfor %}",
    "loop internals": "{% for i in items %}{{ loop._iterator }}{% endfor %}",
    "loop call": "{% for i in items %}{{ loop.cycle(1, 2) }}{% endfor %}",
    "loop undefined": "{% for i in items %}{{ loop._undefined }}{% endfor %}",
    "subscript": "{{ items[0] }}",
    "slice": "{{ title[::-1] }}",
    "list": "{{ [1, 2, 3] }}",
    "dictionary": "{{ {'a': 1} }}",
    "unpacking": "{% for a, b in items %}x{% endfor %}",
    "super with arguments": "{{ super(1) }}",
    "super attributes": "{{ super.__call__ }}",
    "super internals": "{{ super()._stack }}",
    "join of a string": "{{ title | join('aaaaaaaaaa') }}",
    "mapping method": "{{ call.items }}",
    "mapping values": "{{ call.values }}",
    "undefined name": "{{ config }}",
    "undefined request": "{{ request.application }}",
    "deep nesting": "{{ " + "(" * 500 + "title" + ")" * 500 + " }}",
    "deep negation": "{{ " + "not " * 200 + "title }}",
    "extends by name": "{% extends parent %}",
    "extends the disk": "{% extends '/etc/passwd' %}",
    "extends itself": "{% extends 'letters/x.en.j2' %}",
}
DATA = {"title": "T", "items": ["a", "b"], "call": {"title": "C"}}


def render(source, data=DATA):
    return BlockTemplates({"letters/x.en.j2": source}).render("letters/x.en.j2", data, ["decision"])


def block(body):
    return body if body.startswith("{% extends") else "{% block decision %}" + body + "{% endblock %}"


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
        ("stray \u2069 isolate", "stray \ufffd isolate"),
        ("👩‍🌾 café", "👩‍🌾 café"),
    ],
)
def test_clean_leaves_one_line_that_steers_nothing(text, shown):
    assert clean(text) == shown


@given(st.text(st.characters(codec="utf-8")))
def test_clean_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)
