"""The triggers by which the database itself refuses to change the trail."""

from __future__ import annotations

_ONLY_APPENDED = "the trail is never changed: entries are only appended"

ENTRY_GUARDS = {
    "entry_refuses_update": "CREATE TRIGGER entry_refuses_update BEFORE UPDATE ON entry "
    f"BEGIN SELECT raise(ABORT, '{_ONLY_APPENDED}'); END",
    "entry_refuses_delete": "CREATE TRIGGER entry_refuses_delete BEFORE DELETE ON entry "
    f"BEGIN SELECT raise(ABORT, '{_ONLY_APPENDED}'); END",
    "entry_refuses_gap": "CREATE TRIGGER entry_refuses_gap BEFORE INSERT ON entry "
    "WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM entry) "
    f"BEGIN SELECT raise(ABORT, '{_ONLY_APPENDED}, in order'); END",
}

NODE_GUARDS = {
    f"node_refuses_{act.lower()}": f"CREATE TRIGGER node_refuses_{act.lower()} BEFORE {act} ON node "
    "BEGIN SELECT raise(ABORT, 'the trail is never changed: its tree only grows'); END"
    for act in ("UPDATE", "DELETE")
}

GUARDS = {**ENTRY_GUARDS, **NODE_GUARDS}
"""The statement of each trigger, by its name."""
