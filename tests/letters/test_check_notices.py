"""Mistakes of the templates of call notices, named with file, line and the call whose notice shows them."""

import re

import pytest

from pipgrants.domain.consistency import check_consistency
from pipgrants.domain.vocabulary import Language
from pipgrants.letters.check_notices import check_notice
from pipgrants.letters.sample_call import full_call, varied_calls
from pipgrants.letters.templates import Templates

NOTICE = "notices/notice.en.j2"


def problems(sources, text):
    """What is wrong once the English notice reads otherwise."""
    templates = Templates({**sources, NOTICE: text})
    return [str(problem) for problem in check_notice(templates, Language.ENGLISH)]


@pytest.mark.parametrize("language", Language)
def test_shipped_notices_have_no_mistake(templates, language):
    assert list(check_notice(templates, language)) == []


def test_full_sample_call_contradicts_nothing():
    assert list(check_consistency(full_call())) == []


def test_every_sample_call_is_particular_in_another_way():
    names = [which for which, _ in varied_calls()]
    assert len(set(names)) == len(names)


def test_a_missing_language_is_named(sources):
    without = {name: text for name, text in sources.items() if name != "notices/notice.pt.j2"}
    (found,) = check_notice(Templates(without), Language.PORTUGUESE)
    assert str(found) == (
        "notices/notice.pt.j2: there is no call notice in pt; no call of that language can be published"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ cal.title }}", r":\d+: cal\.title: notices have no such name; here there are allocation, appeal, "),
        ("{% if not grant %}{{ grant.sum }}{% endif %}", r":\d+: grant\.sum: notices have no such name; here there "),
        (
            "{% for item in allocation.envelopes %}{{ item.sum }}{% endfor %}",
            r":\d+: item\.sum: notices have no such name; here there are amount, clause, kind, ",
        ),
        ("{{ call.title.upper() }}", r":\d+: the template cannot be used: nothing can be called but super\(\)"),
        ("{{ counterpart.minimum }}", r":\d+: the template cannot be used: 'None' has no attribute 'minimum'"),
        ("{{ second_window.opens_at }}", r":\d+: the template cannot be used: .*"),
        ("{{ envelope * 2 }}", r":\d+: the template cannot be used: 'Mul' is not allowed"),
    ],
)
def test_a_name_that_notices_do_not_have_is_found_with_its_line(sources, text, said):
    (found,) = problems(sources, sources[NOTICE].replace("{{ purpose }}", "{{ purpose }}\n" + text))
    assert re.match(rf"notices/notice\.en\.j2{said}", found)


def test_wording_that_cannot_be_read_is_told_as_a_mistake(sources):
    broken = Templates({**sources, "wording/words.en.yaml": sources["wording/words.en.yaml"] + "nonsense: 1\n"})
    (found,) = check_notice(broken, Language.ENGLISH)
    assert (found.file, found.field) == ("wording/words.en.yaml", "nonsense")


@pytest.mark.parametrize(
    ("block", "missed"),
    [
        ("subject", ["the title of the call"]),
        ("purpose", ["the purpose"]),
        ("who_may_apply", ["who may apply"]),
        ("evidence", ["the papers to attach"]),
        ("clarification", ["how long there is to answer", "the clause"]),
        ("appeal", ["how long there is to appeal", "where to appeal", "the clause"]),
        ("contact", ["whom to ask"]),
        ("prerequisites", ["which costs are eligible", "the clause"]),
        (
            "counterpart",
            ["the least counterpart", "the most of it in kind", "which money does not count", "the clause"],
        ),
        (
            "grant",
            [
                "the funds available",
                "the smallest grant",
                "the largest grant",
                "the largest share of a proposal",
                "the clause",
            ],
        ),
        (
            "rubric",
            [
                "how many evaluators score a proposal",
                "the least total",
                "until when marks are received",
                "the clause",
            ],
        ),
        ("ranking", ["the tie-breaks", "what is drawn from", "when that is published", "the clause"]),
        (
            "allocation",
            [
                "the envelopes",
                "what is kept back for appeals",
                "how many profiles are invited",
                "the least total that is funded",
                "how long the reserve list is",
                "until when the reserve list counts",
                "how many are funded in a locality",
                "the clause",
                "how many are funded",
                "how large a rest is granted",
                "what those funded make as great as it can be",
                "how much greater another selection may be",
            ],
        ),
    ],
)
def test_what_a_notice_must_say_is_missed(sources, block, missed):
    emptied = re.sub(
        rf"{{% block {block} %}}.*?{{% endblock %}}",
        f"{{% block {block} %}}{{% endblock %}}",
        sources[NOTICE],
        flags=re.S,
    )
    found = problems(sources, emptied)
    assert [problem.partition(" does not say ")[2] for problem in found] == missed
    assert {problem.partition(" the notice")[0] for problem in found} == {f"{NOTICE}: {block}:"}


@pytest.mark.parametrize(
    ("part", "condition", "which"),
    [
        ("{{ contact.email }}", "contact.telephone", " of a call with the least in it"),
        ("{{ contact.email }}", "contact.postal_address", " of a call with the least in it"),
        ("{{ appeal.addressee }}", "appeal.margin", " of a call with the least in it"),
        ("{{ purpose }}", "two_stages", " of a call with the least in it"),
        ("{{ invitation.maximum_count }}", "invitation.minimum_total", " of a call that invites a number of profiles"),
        ("{{ allocation.maximum_awards }}", "allocation.partial", " of a call that allocates by rank_and_cut"),
        ("{{ counterpart.clause }}", "not counterpart.of_grant", " of a call with a counterpart of the grant"),
    ],
)
def test_what_a_notice_says_on_a_condition_only_is_missed_where_it_does_not_hold(sources, part, condition, which):
    conditional = sources[NOTICE].replace(part, f"{{% if {condition} %}}{part}{{% endif %}}")
    assert conditional != sources[NOTICE]
    (found,) = problems(sources, conditional)
    assert re.search(r"the notice(.*) does not say", found)[1] == which
