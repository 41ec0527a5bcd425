"""Templates are rendered in a child process: within limits, one letter failing alone, no secret in reach."""

import os
import signal
import time
from pathlib import Path

import pytest

from escapes import DATA, ESCAPES, block
from pipgrants.errors import RefusedError
from pipgrants.letters.child import Child, ChildTemplates, Limits
from pipgrants.letters.sandbox import BlockTemplates

SOURCES = {
    "letters/x.en.j2": "{% block decision %}{{ title }}{% for item in items %}, {{ item }}{% endfor %}{% endblock %}",
    "letters/bad.en.j2": "{% block decision %}\n{{ nobody }}{% endblock %}",
}


@pytest.fixture
def child():
    child = Child(Limits(seconds=1))
    yield child
    child.close()


def render(child, name="letters/x.en.j2", data=DATA, sources=SOURCES):
    return ChildTemplates(sources, child).render(name, data, ["decision"])


def process_of(child):
    """The process that renders; it begins with the first letter."""
    render(child)
    (begun,) = (int(path.name) for path in Path("/proc").glob("[0-9]*") if begun_by(os.getpid(), path))
    return begun


def begun_by(parent, process):
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        found = (process / "stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return False
    return int(found) == parent and words[3:5] == [b"pipgrants.letters.child", b"1"]


def is_running(process):
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_child_renders_what_the_sandbox_renders(child):
    assert render(child) == BlockTemplates(SOURCES).render("letters/x.en.j2", DATA, ["decision"])


def test_many_letters_come_from_one_process(child):
    before = process_of(child)
    for place in range(200):
        assert render(child, data={**DATA, "title": f"T{place}"}) == {"decision": f"T{place}, a, b"}
    assert process_of(child) == before


def test_a_bad_template_stops_its_own_letter_and_not_the_process(child):
    before = process_of(child)
    with pytest.raises(RefusedError, match=r"letters/bad\.en\.j2:2: .*nobody") as refused:
        render(child, "letters/bad.en.j2")
    assert refused.value.next_step == "correct the template at that line; no other letter is affected"
    assert process_of(child) == before


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{{ items | join(items) }}", "join puts text between the items of a list, and nothing else"),
        (r"{{ '\ud800' }}", "half a character (U+D800 to U+DFFF) is text that cannot be written"),
    ],
)
def test_a_template_that_cannot_be_rendered_or_written_is_told_with_its_line(child, body, reason):
    before = process_of(child)
    with pytest.raises(RefusedError) as refused:
        render(child, sources={"letters/x.en.j2": block("\n" + body)})
    assert refused.value.message == f"letters/x.en.j2:2: the template cannot be used: {reason}"
    assert process_of(child) == before


@pytest.mark.parametrize("body", ESCAPES.values(), ids=ESCAPES.keys())
def test_escape_is_refused_in_the_child_as_well(body):
    with pytest.raises(RefusedError, match=r"(letters/x\.en\.j2|etc/passwd)"):
        ChildTemplates({"letters/x.en.j2": block(body)}).render("letters/x.en.j2", DATA, ["decision"])


def test_at_least_sixty_escapes_are_tried():
    assert len(ESCAPES) >= 60


def test_a_letter_that_takes_too_long_is_stopped_and_the_next_one_is_not(child):
    hung = process_of(child)
    os.kill(hung, signal.SIGSTOP)
    with pytest.raises(RefusedError, match=r"letters/x\.en\.j2: rendering was stopped: it took longer than 1 seconds"):
        render(child)
    assert render(child) == {"decision": "T, a, b"}
    assert process_of(child) != hung


def test_a_template_that_works_without_printing_is_stopped_and_the_next_one_is_not(child):
    body = "{% for a in title %}{% if a == 'x' %}{% endif %}{% endfor %}" * 800
    with pytest.raises(RefusedError, match=r"letters/x\.en\.j2: rendering was stopped: it took longer than 1 seconds"):
        render(child, data={**DATA, "title": "y" * 200_000}, sources={"letters/x.en.j2": block(body)})
    assert render(child) == {"decision": "T, a, b"}


def test_a_letter_that_needs_too_much_memory_is_stopped_and_the_next_one_is_not():
    child = Child(Limits(memory_bytes=256 * 1024 * 1024))
    with pytest.raises(RefusedError, match="rendering was stopped: it needed more than 256 MB of memory"):
        render(child, data={**DATA, "title": "á" * 60_000_000})
    assert render(child) == {"decision": "T, a, b"}
    child.close()


def test_a_process_that_was_killed_is_replaced(child):
    killed = process_of(child)
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(RefusedError, match="rendering was stopped: it ended unexpectedly"):
        render(child)
    assert render(child) == {"decision": "T, a, b"}


def test_a_process_ends_with_the_one_that_began_it():
    told, tell = os.pipe()
    forked = os.fork()
    if forked == 0:
        os.write(tell, process_of(Child(Limits(seconds=1))).to_bytes(4))
        signal.pause()
    process = Path(f"/proc/{int.from_bytes(os.read(told, 4))}")
    assert begun_by(forked, process)
    os.kill(forked, signal.SIGKILL)
    os.waitpid(forked, 0)
    deadline = time.monotonic() + 10
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(process)


def test_secrets_of_the_environment_are_out_of_reach(child, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "tr0ub4dor")
    environment = Path(f"/proc/{process_of(child)}/environ").read_bytes()
    assert b"tr0ub4dor" not in environment
    assert {line.partition(b"=")[0] for line in environment.split(b"\0") if line} == {b"PYTHONPATH", b"PYTHONUTF8"}


def test_process_writes_no_file_and_opens_few(child):
    limits = Path(f"/proc/{process_of(child)}/limits").read_text()
    found = {line[:26].strip(): line[26:].split()[:2] for line in limits.splitlines()[1:]}
    assert found["Max file size"] == ["0", "0"]
    assert found["Max open files"] == ["16", "16"]
    assert found["Max processes"] == ["0", "0"]
    assert found["Max address space"] == [str(512 * 1024 * 1024)] * 2


def test_what_is_not_plain_is_refused_with_its_place(child):
    with pytest.raises(RefusedError, match=r"data\.items\[2\] is a set"):
        render(child, data={**DATA, "items": ["a", {"b"}]})


def test_a_forked_process_has_a_child_of_its_own(child):
    before = process_of(child)
    forked = os.fork()
    if forked == 0:
        os._exit(0 if render(child) == {"decision": "T, a, b"} else 1)
    _, status = os.waitpid(forked, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert process_of(child) == before
