"""The names of a definition: plain enough for file names and keys, and a time zone that there is."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.call import Call, Priority
from pipgrants.domain.names import require_code, require_prefix, require_slug, require_time_zone
from pipgrants.domain.programme import Programme
from pipgrants.domain.rules import IsTrue
from pipgrants.errors import DefinitionError
from pipgrants.reading import read_file, read_text

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
CALL_FILE = WORKFLOWS / "calls" / "pip-one-stage.yaml"
CALL = read_file(CALL_FILE, Call)
PROGRAMME = read_file(WORKFLOWS / "programmes" / "competitiveness-fund.yaml", Programme)

BAD_SLUGS = ["../../evil", "/etc", "a/b", "a.b", "A", "-a", "", "a" * 61, "a b", "a\n", "ñ", "CON:", "a\\b"]


@pytest.mark.parametrize("name", ["a", "2026", "pip-one-stage", "a" * 60])
def test_slug_is_letters_digits_and_hyphens(name):
    require_slug("call", name)


@pytest.mark.parametrize("name", BAD_SLUGS)
def test_name_that_is_no_slug_is_refused_for_calls_and_programmes(name):
    with pytest.raises(ValueError, match="such as pip-one-stage"):
        replace(CALL, call=name)
    with pytest.raises(ValueError, match="programme is 1 to 60"):
        replace(CALL, programme=name)
    with pytest.raises(ValueError, match="programme is 1 to 60"):
        replace(PROGRAMME, programme=name)


@given(st.text())
def test_slug_never_leaves_its_folder(name):
    try:
        require_slug("call", name)
    except ValueError:
        return
    assert (Path("workspace") / name).parent == Path("workspace")
    assert name.isascii()


@pytest.mark.parametrize("prefix", ["P", "PIP1", "2026-A", "A" * 16])
def test_prefix_is_capitals_digits_and_hyphens(prefix):
    require_prefix("number_prefix", prefix)


@pytest.mark.parametrize("prefix", ["", "pip", "-P", "P/1", "A" * 17, "P\n", "P 1"])
def test_prefix_of_another_shape_is_refused(prefix):
    with pytest.raises(ValueError, match="such as PIP1"):
        replace(CALL, number_prefix=prefix)


@pytest.mark.parametrize("code", ["", "Size", "2nd", "_a", "a-b", "a.b", "a b", "a\n"])
def test_code_of_another_shape_is_refused_wherever_codes_stand(code):
    require_code("minimum_members_2")
    with pytest.raises(ValueError, match="such as minimum_members"):
        replace(CALL.prerequisites[0], code=code)
    with pytest.raises(ValueError, match="such as minimum_members"):
        replace(CALL.rubric.criteria[0], code=code)
    with pytest.raises(ValueError, match="such as minimum_members"):
        Priority(code, "7", {"en": "a"}, IsTrue("members.count"), Decimal(0))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid", "America/Tegucigalpa"])
def test_time_zone_is_known_by_its_name(zone):
    require_time_zone(zone)


@pytest.mark.parametrize("zone", ["Mars/X", "", "../etc/passwd", "/etc/localtime", "Europe", "UTC "])
def test_time_zone_that_there_is_not_is_refused(zone):
    with pytest.raises(ValueError, match="expected an IANA name"):
        replace(CALL, time_zone=zone)


def test_refused_name_is_a_mistake_of_the_file_with_its_line():
    text = CALL_FILE.read_text(encoding="utf-8").replace("call: pip-one-stage", "call: ../../evil")
    with pytest.raises(DefinitionError) as refused:
        read_text(text, Call, file="evil.yaml")
    [problem] = refused.value.problems
    line = text.splitlines().index("call: ../../evil") + 1
    assert (problem.file, problem.line, problem.field, problem.value) == ("evil.yaml", line, "call", "../../evil")
