"""How far a ranking can be trusted: advisory reads, each with its line in the access log. Nothing is decided here."""
