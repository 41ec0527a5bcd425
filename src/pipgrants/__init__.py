"""pipgrants: a tiered grant-allocation workflow engine."""

__version__ = "0.1.0"
