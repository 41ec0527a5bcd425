"""``letters check`` names every mistake of the letter templates with its file and line."""

import re

import pytest

from pipgrants.domain.vocabulary import LetterKind
from pipgrants.letters.check import check_letters
from pipgrants.letters.templates import Templates

AWARD = "letters/award.en.j2"
BASE = "letters/base.en.j2"


def problems(sources, changes):
    """What is wrong once some templates read otherwise."""
    return [str(problem) for problem in check_letters(Templates({**sources, **changes}))]


def test_shipped_letters_have_no_mistake(sources):
    assert problems(sources, {}) == []


def test_every_kind_is_missed_in_every_language(sources):
    none = {name: text for name, text in sources.items() if not name.startswith("letters/")}
    found = check_letters(Templates(none))
    assert {problem.file for problem in found} == {
        f"letters/{kind}.{language}.j2" for kind in LetterKind for language in ("en", "es", "pt")
    }


def test_a_missing_language_is_named(sources):
    without = {name: text for name, text in sources.items() if name != "letters/reserve.pt.j2"}
    (found,) = check_letters(Templates(without))
    assert str(found) == (
        "letters/reserve.pt.j2: there is no letter reserve in pt; applicants of that language get none"
    )


def test_a_name_that_no_letter_has_is_found_also_where_the_sample_does_not_lead(sources):
    spoilt = sources[AWARD].replace(
        "{% endblock %}", "{% if not decision %}{{ decision.sum }}{% endif %}{% endblock %}", 1
    )
    (found,) = problems(sources, {AWARD: spoilt})
    assert found.startswith("letters/award.en.j2:2: decision.sum: letters have no such name; here there are amount,")


def test_a_misspelt_name_is_found(sources):
    (found,) = problems(sources, {AWARD: sources[AWARD].replace("{{ call.title }}", "{{ cal.title }}")})
    said = r"letters/award\.en\.j2:\d+: cal\.title: letters have no such name; here there are appeal, asked, "
    assert re.match(said, found)


def test_parts_of_a_value_that_has_none_are_found(sources):
    (found,) = problems(sources, {AWARD: sources[AWARD].replace("{{ call.title }}", "{{ call.title.long }}")})
    assert found.endswith("call.title.long: call.title has no parts")


def test_what_the_sandbox_refuses_is_found_with_its_line(sources):
    found = problems(
        sources,
        {AWARD: "{% extends 'letters/base.en.j2' %}\n{% block decision %}{{ call.title.upper() }}{% endblock %}"},
    )
    assert found == ["letters/award.en.j2:2: the template cannot be used: nothing can be called but super()"]


def test_a_mistake_of_the_base_is_told_once(sources):
    found = problems(sources, {BASE: sources[BASE] + "{% block closing2 %}{{ 7 * 7 }}{% endblock %}"})
    assert len(found) == 1
    assert found[0].startswith("letters/base.en.j2:")


@pytest.mark.parametrize(
    ("file", "added", "said"),
    [
        (AWARD, "\n\nBring your identity card.\n", (2, "Bring your identity card.")),
        (AWARD, '{{ "<b>" }}', (0, "{{ ... }}")),
        (AWARD, "{% if call.title %}Bring a card.{% endif %}", (0, "Bring a card.")),
        (BASE, "Bring your identity card, your passport or a letter.", (0, "Bring your identity card, your...")),
        ("notices/notice.pt.j2", "Até logo.", (0, "Até logo.")),
    ],
)
def test_what_stands_outside_every_block_is_told(sources, file, added, said):
    text = sources[file].rstrip("\n")
    after, words = said
    line = text.count("\n") + 1 + after
    told = "this stands outside every block and would be left out; move it into a block"
    assert problems(sources, {file: text + added}) == [f"{file}:{line}: {told} (seen: '{words}')"]


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("{{ decision.rank }}", "what is to be printed here may be nothing"),
        ("{{ call }}", "only text and numbers are printed"),
        ("{{ reasons }}", "only text and numbers are printed"),
        ("{% for item in reasons %}{{ loop }}{% endfor %}", "only text and numbers are printed"),
    ],
)
def test_what_says_nothing_to_a_reader_is_not_printed(sources, printed, said):
    (found,) = problems(sources, {AWARD: sources[AWARD].replace("{{ call.title }}", printed)})
    assert found.startswith("letters/award.en.j2:")
    assert said in found


def test_an_award_that_names_the_amount_asked_for_is_told(sources):
    asked = sources[AWARD].replace("decision.amount", "proposal.grant_amount")
    assert asked != sources[AWARD]
    (found,) = problems(sources, {AWARD: asked})
    assert found.endswith("decision: the letter with the least in it does not say the amount of the grant")


@pytest.mark.parametrize(
    ("kind", "block", "missed"),
    [
        ("award", "subject", ["in the subject what it is about"]),
        ("award", "decision", ["what was decided", "the amount of the grant"]),
        ("award", "amount", ["in short the amount of the grant"]),
        ("award", "due", ["in short until when to appeal"]),
        ("award", "contact", ["whom to ask"]),
        ("award", "appeal", ["until when to appeal", "under which clause to appeal", "where to appeal"]),
        ("profile_invited", "next_steps", ["until when to submit"]),
        ("clarification_request", "next_steps", ["until when to answer"]),
        ("corrigendum", "reasons", ["the reason"]),
    ],
)
def test_what_a_letter_must_say_is_missed(sources, kind, block, missed):
    name = f"letters/{kind}.en.j2"
    emptied = re.sub(rf"{{% block {block} %}}.*?{{% endblock %}}\n?", "", sources[name], flags=re.DOTALL)
    found = problems(sources, {name: f"{emptied}{{% block {block} %}}{{% endblock %}}"})
    assert [problem.partition("the letter does not say ")[2] for problem in found] == missed


@pytest.mark.parametrize(
    ("kind", "file", "part", "condition", "missed"),
    [
        ("award", AWARD, "{{ decision.amount }}", "proposal.title", ["with the least in it"]),
        ("award", AWARD, "{{ decision.amount }}", "decision.line_total", ["with the least in it"]),
        ("award", BASE, "{{ call.contact.email }}", "call.contact.telephone", ["with the least in it"]),
        ("award", BASE, "{{ call.contact.email }}", "call.contact.postal_address", ["with the least in it"]),
        ("award", BASE, "{{ call.contact.email }}", "not proposal.title", [""]),
        ("reserve", BASE, "{{ call.appeal.addressee }}", "decision.reserve_position", []),
        ("award", BASE, "{{ call.appeal.addressee }}", "decision.reserve_position", [""]),
        ("award", BASE, "{{ call.appeal.clause }}", "conditions_count", [""]),
        ("conditional_award", BASE, "{{ call.appeal.clause }}", "conditions_count", []),
        ("decline", BASE, "{{ call.appeal.clause }}", "reasons", ["decided by a minimum mark"]),
        ("ineligible", BASE, "{{ call.appeal.clause }}", "not asked", ["after a request without an answer"]),
        ("late", "letters/late.en.j2", "{{ deadline or second_deadline }}", "deadline", ["of the second stage"]),
    ],
)
def test_what_a_letter_says_on_a_condition_only_is_missed_where_it_does_not_hold(
    sources, kind, file, part, condition, missed
):
    conditional = sources[file].replace(part, f"{{% if {condition} %}}{part}{{% endif %}}")
    assert conditional != sources[file]
    found = [problem for problem in problems(sources, {file: conditional}) if f"/{kind}.en" in problem]
    assert [re.sub(r".*the letter ?(.*?) ?does not say.*", r"\1", problem) for problem in found] == missed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{% for reason in reasons %}{% if not reason %}{{ reason.txt }}{% endif %}{% endfor %}",
            "reason.txt: each of reasons has no parts",
        ),
        (
            "{% for part in call.title %}{{ part }}{% endfor %}",
            "call.title: no list, so there is nothing to go through",
        ),
        ("{% if not reasons %}{{ (reasons | first).txt }}{% endif %}", "reasons.txt: each of reasons has no parts"),
        (
            "{% for reason in reasons %}{% if not reason %}{{ loop.count }}{% endif %}{% endfor %}",
            "the template cannot be used: a loop has no 'count'; it has first, last, index, length",
        ),
    ],
)
def test_names_of_a_loop_are_looked_at_also_where_no_letter_leads(sources, text, said):
    spoilt = sources[AWARD].replace("{{ call.title }}", f"{text}\n{{{{ call.title }}}}", 1)
    (found,) = problems(sources, {AWARD: spoilt})
    assert re.match(rf"letters/award\.en\.j2:\d+: {re.escape(said)}", found)


def test_a_name_of_a_loop_that_is_used_rightly_is_no_mistake(sources):
    text = (
        "{% for reason in reasons if reason %}{{ loop.index }}. {{ reason }}{% endfor %}"
        "{% if reasons %}{{ reasons | first | upper }}{% endif %}"
    )
    assert (
        problems(sources, {AWARD: sources[AWARD].replace("{% block next_steps %}", "{% block next_steps %}" + text)})
        == []
    )
