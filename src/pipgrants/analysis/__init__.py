"""Optimisation and statistics over what the services read: numpy and scipy, imported inside functions."""
