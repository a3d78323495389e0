"""Numbers as people read them: rounded together with their interval, with a true minus sign."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"
THIN = "\N{NARROW NO-BREAK SPACE}"
_PLACES = ((100, 0), (10, 1), (2, 2), (0.01, 3), (0.001, 4))


def places(*values: float | None) -> int:
    """Decimals that suit the largest of some values: 3 for a score between 0 and 1, fewer for larger ones."""
    largest = max((abs(v) for v in values if v is not None), default=0.0)
    if largest == 0:
        return 0
    return next((decimals for least, decimals in _PLACES if largest >= least), 5)


def fmt(value: float | None, decimals: int | None = None) -> str:
    """One number; a dash where there is none."""
    if value is None:
        return ABSENT
    text = f"{abs(value):,.{places(value) if decimals is None else decimals}f}".replace(",", THIN)
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return MINUS + text if negative else text


def span(low: float | None, high: float | None, decimals: int | None = None) -> str:
    """Both ends of a range: ``−0.010 to 0.034``."""
    if low is None or high is None:
        return ABSENT
    shown = places(low, high) if decimals is None else decimals
    return f"{fmt(low, shown)} to {fmt(high, shown)}"


def interval(value: float | None, low: float | None, high: float | None, decimals: int | None = None) -> str:
    """A number with its interval: ``0.012 (−0.010 to 0.034)``."""
    if value is None:
        return ABSENT
    shown = places(value, low, high) if decimals is None else decimals
    return f"{fmt(value, shown)} ({span(low, high, shown)})"


def difference(value: float | None, low: float | None, high: float | None) -> str:
    """A difference with its interval, each with its sign: ``+0.012 (−0.010 to +0.034)``."""
    if value is None:
        return ABSENT
    shown = places(value, low, high)
    ends = ABSENT if low is None or high is None else f"{_signed(low, shown)} to {_signed(high, shown)}"
    return f"{_signed(value, shown)} ({ends})"


def _signed(value: float, decimals: int) -> str:
    text = fmt(value, decimals)
    return text if text.startswith(MINUS) or not any(digit in "123456789" for digit in text) else f"+{text}"


def percent(share: float) -> str:
    """A share as a percentage."""
    if 0 < share < 0.0005:
        return "<\N{NO-BREAK SPACE}0.1\N{NO-BREAK SPACE}%"
    return f"{fmt(100 * share, 0 if share in (0, 1) else 1)}\N{NO-BREAK SPACE}%"


def p_value(p: float | None) -> str:
    """``p = 0.031`` on one line, or nothing where there is none."""
    if p is None:
        return ""
    return (
        "p\N{NO-BREAK SPACE}<\N{NO-BREAK SPACE}0.001" if p < 0.001 else f"p\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{p:.3f}"
    )


def times(ratio: float) -> str:
    """An expansion ratio: ``2×``."""
    return f"{ratio:g}×"


def clip(text: str, most: int) -> str:
    """A text that fits a picture; the whole of it stands in the table behind."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
