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

NODE_REPLACEMENT_GUARD = {
    "node_refuses_replacement": "CREATE TRIGGER node_refuses_replacement BEFORE INSERT ON node "
    "WHEN EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND position = NEW.position) "
    "BEGIN SELECT raise(ABORT, 'the trail is never changed: its tree only grows'); END"
}
"""INSERT OR REPLACE fires no trigger for the row it deletes."""

GUARDS = {**ENTRY_GUARDS, **NODE_GUARDS, **NODE_REPLACEMENT_GUARD}
"""The statement of each trigger, by its name."""
