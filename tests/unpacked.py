"""What somebody does who receives a ZIP archive: unpacks it, and runs the verifier in it with Python alone."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path


def unpack(archive: Path, folder: Path) -> Path:
    """The one folder that an archive holds."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder / archive.stem


def check(folder: Path, what: str) -> tuple[int, list[str]]:
    """The exit code and the lines of ``python3 verify.py``, run in a folder without anything of pipgrants."""
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", what], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()
