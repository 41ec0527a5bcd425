"""The decision trail: what was done, by whom, on which inputs."""
