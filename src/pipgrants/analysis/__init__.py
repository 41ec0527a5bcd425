"""Optimisation and statistics over what the services read: numpy and scipy, imported inside functions."""

SEED = 20260101
"""The seed of every analysis that draws random numbers, unless another is given."""
SECONDS = 60
"""How long each search for the best selection may take unless told otherwise."""
