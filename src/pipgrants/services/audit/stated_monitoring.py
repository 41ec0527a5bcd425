"""What the trail states of monitoring: frameworks and baselines of projects, and the rows of what was measured."""

from __future__ import annotations

from pipgrants.services.audit.stated import SEALED, Content, StatedRows
from pipgrants.services.measurements import BASELINE_VERIFIED
from pipgrants.services.monitored_project import FRAMEWORK


def take_monitoring(rows: StatedRows, project: str, entry: Content) -> None:
    """Folds what an entry about a project says of its monitoring."""
    sequence, inputs = entry["sequence"], entry["inputs"]
    if FRAMEWORK in inputs:
        _, (*_, year) = rows.of["monitored_project"].get(project, (0, [None]))
        rows.put("monitored_project", project, sequence, [project, inputs[FRAMEWORK], year])
    if entry["act"] == BASELINE_VERIFIED:
        rows.change("monitored_project", project, sequence, baseline_year=inputs["year"])
    for number, kind, as_of, firm, content in inputs.get("measurements", ()):
        values = [project, number, kind, as_of, firm, content, SEALED]
        rows.put("measurement", (project, number), sequence, values)
