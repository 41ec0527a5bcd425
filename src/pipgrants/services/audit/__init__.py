"""Checking the record, deriving it again, and handing it to others: nothing here writes to it."""
