"""Optimisation and statistics over what the services read: numpy and scipy, imported inside functions."""

SEED = 20260101
"""The seed of every analysis that draws random numbers, unless another is given."""
SECONDS = 60
"""How long the best selection is looked for unless told otherwise."""
