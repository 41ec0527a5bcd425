"""The names that definitions give: they become file names, numbers and keys, so that they are plain."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from pipgrants.errors import MistakenValueError

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_PREFIX = re.compile(r"[A-Z0-9][A-Z0-9-]{0,15}")
_CODE = re.compile(r"[a-z][a-z0-9_]*")

_NO_PLACES = frozenset({"localtime", "posixrules", "Factory"})
"""Names of the database that stand for the settings of a computer, or for none."""

EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(?:\.[^@\s,;<>\".]+)+")
"""The shape of an e-mail address."""

ORGANISATION = re.compile(r"[A-Z]{2,3}-[A-Z0-9_]+-[A-Za-z0-9._-]+")
"""The shape of an organisation's identifier: a register of org-id.guide, and the number in it."""


def require_slug(key: str, name: str) -> None:
    """Raises MistakenValueError where the name of a call or programme is not of the shape ``pip-one-stage``."""
    if not _SLUG.fullmatch(name):
        message = f"{key} is 1 to 60 small letters a to z, digits and hyphens, such as pip-one-stage"
        raise MistakenValueError(key, message)


def require_prefix(key: str, prefix: str) -> None:
    """Raises MistakenValueError where what numbers begin with is not of the shape ``PIP1``."""
    if not _PREFIX.fullmatch(prefix):
        message = f"{key} is 1 to 16 capital letters A to Z, digits and hyphens, such as PIP1"
        raise MistakenValueError(key, message)


def require_code(code: str) -> None:
    """Raises MistakenValueError where the code of a criterion is not of the shape ``minimum_members``."""
    if not _CODE.fullmatch(code):
        message = "a code is small letters a to z, digits and underscores, such as minimum_members"
        raise MistakenValueError("code", message)


def require_time_zone(name: str) -> None:
    """Raises MistakenValueError where there is no time zone of that name (IANA)."""
    try:
        ZoneInfo(name)
        is_zone = name not in _NO_PLACES
    except (KeyError, ValueError, OSError):
        is_zone = False
    if not is_zone:
        message = "there is no such time zone; expected an IANA name such as America/Tegucigalpa"
        raise MistakenValueError("time_zone", message)
