"""Whoever installs the program gets every package that it imports."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from conftest import PROJECT


def imported() -> set[str]:
    """The top-level packages that the program imports."""
    names: set[str] = set()
    for file in (PROJECT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"pipgrants"}


def test_every_package_imported_is_declared() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = [
        *project["dependencies"],
        *(item for extra in project["optional-dependencies"].values() for item in extra),
    ]
    declared = {re.split(r"[^\w-]", item)[0].lower() for item in required}
    distributions = packages_distributions()
    assert {name for name in imported() if not declared & {item.lower() for item in distributions[name]}} == set()
