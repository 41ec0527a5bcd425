"""Findings as values: written down in codes, read back as they were, and summed up in one verdict."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.finding import Finding, Note, overall, read_finding
from pipgrants.domain.vocabulary import Verdict

MET, NOT_MET, UNDETERMINED = Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED

plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
notes = st.builds(Note, st.text(max_size=10), st.dictionaries(st.text(max_size=5), plain_values, max_size=2))
findings = st.builds(
    Finding,
    criterion=st.text(max_size=10),
    verdict=st.sampled_from(Verdict),
    required=plain_values,
    seen=plain_values,
    clause=st.text(max_size=5),
    notes=st.lists(notes, max_size=2).map(tuple),
    is_condition=st.booleans(),
)


def test_a_determination_holds_the_whole_finding_without_its_empty_parts() -> None:
    finding = Finding("counterpart", NOT_MET, {"share": "0.5"}, {"share": "0.4"}, "4.2")
    assert finding.as_plain() == {
        "criterion": "counterpart",
        "verdict": "not_met",
        "required": {"share": "0.5"},
        "seen": {"share": "0.4"},
        "clause": "4.2",
    }


def test_an_entry_leaves_out_what_the_definition_says() -> None:
    note = Note("counterpart.contested", {"evidence": "Oficio 14"})
    finding = Finding("counterpart", UNDETERMINED, {"share": "0.5"}, None, "4.2", (note,), is_condition=True)
    assert finding.as_recorded() == {
        "criterion": "counterpart",
        "verdict": "undetermined",
        "seen": None,
        "notes": [{"code": "counterpart.contested", "values": {"evidence": "Oficio 14"}}],
        "is_condition": True,
    }


@given(findings)
def test_a_determination_is_read_back_as_it_was(finding: Finding) -> None:
    assert read_finding(finding.as_plain()) == finding


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        ((), MET),
        ((MET, MET), MET),
        ((MET, UNDETERMINED), UNDETERMINED),
        ((UNDETERMINED, NOT_MET, MET), NOT_MET),
    ],
)
def test_one_unmet_criterion_is_enough_to_fail_and_one_open_to_wait(
    verdicts: tuple[Verdict, ...], whole: Verdict
) -> None:
    assert overall(tuple(Finding("x", verdict, None, None, "1") for verdict in verdicts)) is whole


def test_what_may_be_fulfilled_as_a_condition_does_not_wait() -> None:
    met = Finding("x", MET, None, None, "1")
    condition = Finding("y", UNDETERMINED, None, None, "1", is_condition=True)
    assert overall((met, condition)) is MET
