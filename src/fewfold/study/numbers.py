"""Numbers inside sentences."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"


def written(value: float, form: str = ".3f") -> str:
    """A number with a true minus sign, and none before zero."""
    text = f"{value:{form}}"
    if float(text) == 0:
        text = text.replace("-", "+" if "+" in form else "")
    return text.replace("-", MINUS)
