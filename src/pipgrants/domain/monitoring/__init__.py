"""Monitoring and evaluation (PIP, "PIP monitoring and evaluation" and annex 2; CBL, annex II): rules over values."""
