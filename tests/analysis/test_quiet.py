"""What compiled solvers print never reaches standard output, where ``--json`` stands."""

import os
import sys

import pytest

from pipgrants.analysis.quiet import quiet


def test_what_is_written_past_python_is_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    sys.stdout.write("before\n")
    with quiet():
        os.write(1, b"HiGHS run\n")
    sys.stdout.write("after\n")
    assert capfd.readouterr().out == "before\nafter\n"


def test_standard_output_is_back_after_a_failure(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), quiet():
        os.write(1, b"HiGHS run\n")
        raise ZeroDivisionError
    os.write(1, b"after\n")
    assert capfd.readouterr().out == "after\n"
