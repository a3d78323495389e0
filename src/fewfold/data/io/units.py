"""Units as people write them beside a field, as UCUM codes."""

from __future__ import annotations

import re

# What people write, and its UCUM code where it is another.
_ATOMS: dict[str, str | None] = {
    **dict.fromkeys(["g", "kg", "mg", "ug", "ng", "pg", "L", "dL", "mL", "uL", "fL"]),
    **dict.fromkeys(["mol", "mmol", "umol", "nmol", "pmol"]),
    **dict.fromkeys(["m", "cm", "mm", "m2", "s", "min", "h", "d", "%", "U", "kU", "mU", "mV", "Hz"]),
    "l": "L",
    "dl": "dL",
    "ml": "mL",
    "µg": "ug",
    "μg": "ug",
    "µmol": "umol",
    "μmol": "umol",
    "µL": "uL",
    "IU": "[iU]",
    "mmHg": "mm[Hg]",
    "bpm": "/min",
    "sec": "s",
    "seconds": "s",
    "minutes": "min",
    "hours": "h",
    "days": "d",
    "weeks": "wk",
    "months": "mo",
    "years": "a",
    "°C": "Cel",
    "percent": "%",
    "10^9": "10*9",
}


def ucum(note: str) -> str | None:
    """The UCUM code of a note that is a unit and no more (``mg/dL``, ``in years``, ``(mmHg)``); else None.

    >>> ucum("in mg/dl")
    'mg/dL'
    >>> ucum("fasting") is None
    True
    """
    text = re.sub(r"^(?:in|unit:?|units:?)\s+", "", note.strip().strip("()[]").strip())
    parts = [part.strip() for part in text.split("/")]
    return "/".join(_ATOMS[part] or part for part in parts) if all(part in _ATOMS for part in parts) else None
