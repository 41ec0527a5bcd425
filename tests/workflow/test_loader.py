"""Definitions read from YAML, hostile ones included."""

import pytest

from pipgrants.errors import DefinitionError
from pipgrants.workflow.definition import Duty, Machine, State, Transition
from pipgrants.workflow.loader import load, load_text


def mistakes(text, vocabulary):
    with pytest.raises(DefinitionError) as caught:
        load_text(text, vocabulary, file="small.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_load_text_sound_definition(small, vocabulary):
    assert load_text(small, vocabulary, file="small.yaml") == Machine(
        machine="small",
        initial="drafted",
        states={
            "drafted": State("Written down.", tier="coordination"),
            "prepared": State("Waits for approval.", tier="management"),
            "awarded": State("Receives the grant.", outcome="award", final=True),
        },
        transitions=(
            Transition(
                "prepare",
                ("drafted",),
                "prepared",
                ("coordination",),
                ("coordination_officer",),
                entry="PackagePrepared",
                guards=("all_scores_in",),
                duty=Duty.PREPARES,
            ),
            Transition(
                "ratify",
                ("prepared",),
                "awarded",
                ("management",),
                ("programme_manager",),
                entry="AllocationRatified",
                guards=("prepared_by_another_person",),
                reason_required=True,
                letter="award",
                duty=Duty.APPROVES,
            ),
        ),
    )


def test_load_text_keeps_lines(small, vocabulary):
    definition = load_text(small, vocabulary, file="small.yaml")
    assert [transition.line for transition in definition.transitions] == [15, 23]
    assert definition.states["awarded"].line == 11


def test_load_file_absent(tmp_path, vocabulary):
    with pytest.raises(DefinitionError, match="cannot be read: No such file"):
        load(tmp_path / "absent.yaml", vocabulary)


def test_load_file(tmp_path, small, vocabulary):
    file = tmp_path / "small.yaml"
    file.write_text(small, encoding="utf-8")
    assert load(file, vocabulary).machine == "small"


def test_load_text_lists_mistakes_of_reading_and_of_meaning_together(small, vocabulary):
    text = small.replace("    letter: award\n", "    leter: award\n").replace("tier: management\n", "tier: ministry\n")
    assert mistakes(text, vocabulary) == [
        "small.yaml:8: states.prepared.tier: unknown name; allowed: coordination, implementation, management, "
        "service_provider (seen: 'ministry')",
        "small.yaml:23: transitions[2].letter: 'awarded' is a determination (award), and no letter tells of it",
        "small.yaml:31: transitions[2].leter: unknown key, perhaps 'letter' is meant; allowed: trigger, source, "
        "destination, tier, role, entry, guards, reason_required, letter, duty (seen: 'leter')",
    ]


def test_load_text_lists_every_wrong_type(small, vocabulary):
    text = (
        small.replace("final: true", "final: maybe")
        .replace("source: [drafted]", "source: drafted")
        .replace("duty: approves", "duty: rules")
        .replace("reason_required: true", "reason_required: 1")
    )
    assert mistakes(text, vocabulary) == [
        "small.yaml:13: states.awarded.final: expected true or false (seen: 'maybe')",
        "small.yaml:16: transitions[1].source: expected a list (seen: 'drafted')",
        "small.yaml:28: transitions[2].duty: expected one of: prepares, approves (seen: 'rules')",
        "small.yaml:30: transitions[2].reason_required: expected true or false (seen: '1')",
    ]


def test_load_text_duplicate_keys(small, vocabulary):
    text = small.replace("    letter: award\n", "    letter: award\n    letter: decline\n")
    assert mistakes(text, vocabulary) == [
        "small.yaml:32: transitions[2]: the key 'letter' stands twice (seen: 'letter')"
    ]


def test_load_text_duplicate_state(small, vocabulary):
    text = small.replace("transitions:\n", "  drafted:\n    meaning: Once more.\ntransitions:\n")
    assert "small.yaml:14: states: the key 'drafted' stands twice (seen: 'drafted')" in mistakes(text, vocabulary)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "small.yaml: the file is empty"),
        (
            "machine: &name small\ninitial: *name\n",
            "small.yaml:2: aliases (*name) are not allowed; write the value out",
        ),
        (
            "machine: 'small\n",
            "small.yaml:2: not valid YAML: a quotation mark, or a bracket, is opened and never closed",
        ),
        ("- drafted\n", "small.yaml:1: expected a mapping of keys to values"),
        ("just words\n", "small.yaml:1: expected a mapping of keys to values (seen: 'just words')"),
    ],
)
def test_load_text_not_a_definition(text, expected, vocabulary):
    assert mistakes(text, vocabulary) == [expected]


def test_load_text_alias_bomb(vocabulary):
    text = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"
    assert mistakes(text, vocabulary) == ["small.yaml:2: aliases (*name) are not allowed; write the value out"]


def test_load_text_deeply_nested_is_refused_as_a_definition_error(small, vocabulary):
    text = small.replace("[drafted]", "[" * 2_000 + "drafted" + "]" * 2_000)
    with pytest.raises(DefinitionError):
        load_text(text, vocabulary, file="small.yaml")


def test_load_text_nested_too_deep_says_where(small, vocabulary):
    text = small.replace("source: [drafted]", "source: " + "[" * 30 + "drafted" + "]" * 30)
    assert mistakes(text, vocabulary) == ["small.yaml:16: transitions[1].source[1]: expected text"]


def test_load_text_python_tags_build_nothing(small, vocabulary):
    text = small.replace("meaning: Written down.", "meaning: !!python/object/apply:os.system ['true']")
    assert mistakes(text, vocabulary) == ["small.yaml:5: states.drafted.meaning: expected text"]


def test_load_text_merge_key_is_unknown(small, vocabulary):
    text = small.replace("    tier: management\n", "    tier: management\n    <<: {final: true}\n")
    assert mistakes(text, vocabulary) == [
        "small.yaml:10: states.prepared.<<: unknown key; allowed: meaning, outcome, tier, final (seen: '<<')"
    ]
