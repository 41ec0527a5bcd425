"""Machines drawn as text and, where Graphviz is installed, as SVG."""

import shutil
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from pipgrants.errors import RefusedError
from pipgrants.workflow.definition import State
from pipgrants.workflow.diagram import dot, mermaid, svg
from pipgrants.workflow.loader import load_text

needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="needs the system tool dot (Graphviz)")

HOSTILE = 'ends "here"; --> state x\n%% <script>alert(1)</script> &lt; #35; \\N'


@pytest.fixture
def definition(small, vocabulary):
    return load_text(small, vocabulary, file="small.yaml")


@pytest.fixture
def hostile(definition):
    return replace(definition, title=HOSTILE, states={**definition.states, "prepared": State(HOSTILE)})


def test_mermaid_whole_machine(definition):
    assert mermaid(definition).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> drafted",
        "    drafted : Drafted",
        "    drafted : Written down.",
        "    drafted : [turn of#58; coordination]",
        "    prepared : Prepared",
        "    prepared : Waits for approval.",
        "    prepared : [turn of#58; management]",
        "    awarded : Awarded",
        "    awarded : Receives the grant.",
        "    awarded : [determination#58; award]",
        "    drafted --> prepared : prepare [all_scores_in] coordination_officer",
        "    prepared --> awarded : ratify [prepared_by_another_person] programme_manager",
        "    awarded --> [*]",
    ]


def test_a_transition_that_stays_is_drawn_as_a_loop_at_each_of_its_states(definition):
    stays = replace(definition.transitions[0], source=("drafted", "prepared"), destination="stays")
    machine = replace(definition, transitions=(stays,))
    label = "prepare [all_scores_in] coordination_officer"
    assert [line for line in mermaid(machine).splitlines() if label in line] == [
        f"    drafted --> drafted : {label}",
        f"    prepared --> prepared : {label}",
    ]


def test_mermaid_escapes_what_is_syntax(hostile):
    line = next(line for line in mermaid(hostile).splitlines() if "ends" in line)
    assert line == (
        "    prepared : ends #34;here#34;#59; --#62; state x #37;#37; #60;script#62;alert(1)#60;/script#62; "
        "#38;lt#59; #35;35#59; #92;N"
    )


def test_dot_whole_machine(definition):
    assert dot(definition).splitlines()[5:] == [
        '  "drafted" [label="Drafted\\nWritten down.\\n[turn of: coordination]", peripheries=1, fillcolor=white];',
        '  "prepared" [label="Prepared\\nWaits for approval.\\n[turn of: management]", peripheries=1, '
        "fillcolor=white];",
        '  "awarded" [label="Awarded\\nReceives the grant.\\n[determination: award]", peripheries=2, '
        "fillcolor=lightyellow];",
        '  "drafted" -> "prepared" [label="prepare [all_scores_in]\\ncoordination_officer"];',
        '  "prepared" -> "awarded" [label="ratify [prepared_by_another_person]\\nprogramme_manager"];',
        "}",
    ]


def texts(drawing):
    return [element.text for element in ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}text")]


@needs_graphviz
def test_svg_shows_hostile_text_as_text(hostile):
    drawing = svg(hostile)
    assert "<script" not in drawing
    shown = " ".join(texts(drawing))
    assert "<script>alert(1)</script>" in shown
    assert '"here"; --> state x' in shown
    assert "&lt;" in shown
    assert "\\N" in shown


@needs_graphviz
@pytest.mark.parametrize("name", ["call", "programme", "proposal_one_stage", "proposal_two_stage"])
def test_svg_of_shipped_machine_names_every_state(load_shipped, name):
    definition = load_shipped(name)
    shown = " ".join(texts(svg(definition))).replace("\xa0", " ")
    assert [state for state in definition.states if state.replace("_", " ").capitalize() not in shown] == []


def test_svg_without_graphviz_says_how_to_go_on(definition, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RefusedError) as caught:
        svg(definition)
    assert caught.value.message == "an SVG needs the program 'dot' of Graphviz, which is not installed"
    assert "Mermaid" in caught.value.next_step


def test_svg_where_graphviz_fails(definition, monkeypatch, tmp_path):
    program = tmp_path / "dot"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RefusedError, match="Graphviz could not draw 'small'"):
        svg(definition)
