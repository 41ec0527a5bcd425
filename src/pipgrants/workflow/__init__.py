"""State machines, knowing states and nothing of grants."""
