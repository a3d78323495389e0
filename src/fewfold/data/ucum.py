"""UCUM codes that occur in clinical tables, and values from one unit into another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import inf, pi
from typing import TypeVar

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats

Numbers = TypeVar("Numbers", float, Floats)
Dimension = tuple[tuple[str, int], ...]

# Each atom: its size in base units (gram, metre, second, mole, kelvin, ampere), and their exponents.
_ATOMS: dict[str, tuple[float, dict[str, int]]] = {
    "1": (1.0, {}),
    "%": (0.01, {}),
    "[ppm]": (1e-6, {}),
    "[pH]": (1.0, {"pH": 1}),
    "g": (1.0, {"g": 1}),
    "[lb_av]": (453.59237, {"g": 1}),
    "m": (1.0, {"m": 1}),
    "[in_i]": (0.0254, {"m": 1}),
    "[ft_i]": (0.3048, {"m": 1}),
    "L": (1e-3, {"m": 3}),
    "l": (1e-3, {"m": 3}),
    "s": (1.0, {"s": 1}),
    "min": (60.0, {"s": 1}),
    "h": (3600.0, {"s": 1}),
    "d": (86_400.0, {"s": 1}),
    "wk": (604_800.0, {"s": 1}),
    "mo": (30.4375 * 86_400, {"s": 1}),
    "a": (365.25 * 86_400, {"s": 1}),
    "Hz": (1.0, {"s": -1}),
    "mol": (1.0, {"mol": 1}),
    "eq": (1.0, {"mol": 1}),
    "osm": (1.0, {"mol": 1}),
    "U": (1e-6 / 60, {"mol": 1, "s": -1}),
    "kat": (1.0, {"mol": 1, "s": -1}),
    "[iU]": (1.0, {"iU": 1}),
    "[IU]": (1.0, {"iU": 1}),
    "N": (1e3, {"g": 1, "m": 1, "s": -2}),
    "Pa": (1e3, {"g": 1, "m": -1, "s": -2}),
    "bar": (1e8, {"g": 1, "m": -1, "s": -2}),
    "m[Hg]": (133_322_387.0, {"g": 1, "m": -1, "s": -2}),
    "m[H2O]": (9_806_650.0, {"g": 1, "m": -1, "s": -2}),
    "J": (1e3, {"g": 1, "m": 2, "s": -2}),
    "cal": (4184.0, {"g": 1, "m": 2, "s": -2}),
    "W": (1e3, {"g": 1, "m": 2, "s": -3}),
    "A": (1.0, {"A": 1}),
    "V": (1e3, {"g": 1, "m": 2, "s": -3, "A": -1}),
    "K": (1.0, {"K": 1}),
    "deg": (pi / 180, {}),
    "rad": (1.0, {}),
}
_PREFIXES = {
    "T": 1e12,
    "G": 1e9,
    "M": 1e6,
    "k": 1e3,
    "h": 1e2,
    "d": 1e-1,
    "c": 1e-2,
    "m": 1e-3,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
    "f": 1e-15,
}
_SCALES = {"Cel": (1.0, 273.15), "[degF]": (5 / 9, 459.67 * 5 / 9)}  # kelvin = size * value + offset
_TERM = re.compile(r"10[*^](?P<power>[+-]?\d\d?)|(?P<atom>.*?[^\d+-])(?P<exponent>[+-]?\d)?|(?P<number>[1-9]\d{0,9})")
_NOTE = re.compile(r"(^|[./])?\{[^{}]*\}")


@dataclass(frozen=True)
class Unit:
    """``size`` of a unit in base units, what it measures, and the ``offset`` of a temperature scale."""

    size: float
    dimension: Dimension
    offset: float = 0.0


def convert(values: Numbers, have: str, want: str) -> Numbers:
    """Values in the unit ``have`` as values in the unit ``want``.

    >>> convert(35.0, "g/L", "g/dL")
    3.5

    Both are UCUM codes, case-sensitive. Raises ``BadInput`` for a unit that is not known, and for two units that do not
    measure the same: a mass per volume is no amount of substance per volume.
    """
    if have == want:
        return values
    a, b = unit(have), unit(want)
    if a.dimension != b.dimension:
        raise BadInput(
            expected=f"two units of one quantity, to convert {have!r} into {want!r}",
            found=f"{_named(a)} and {_named(b)}",
            fix="Correct one of the units.",
        )
    return ((values * a.size + a.offset) - b.offset) / b.size if a.offset or b.offset else values * (a.size / b.size)


@lru_cache(maxsize=512)
def unit(code: str) -> Unit:
    """What a UCUM code means. Raises ``BadInput`` where it cannot be read."""
    if code in _SCALES:
        return Unit(_SCALES[code][0], (("K", 1),), _SCALES[code][1])
    size, exponents = 1.0, dict[str, int]()
    text = _NOTE.sub(lambda note: "" if note[1] is None else f"{note[1]}1", code)
    for sign, term in _terms(text, code):
        factor, dimension = _term(term, code)
        size *= factor**sign
        for base, power in dimension.items():
            exponents[base] = exponents.get(base, 0) + sign * power
    if not 0 < size < inf:
        raise _unknown(code)
    return Unit(size, tuple(sorted((base, power) for base, power in exponents.items() if power)))


def _terms(text: str, code: str) -> list[tuple[int, str]]:
    """The terms of a code with 1 or -1 as exponent: what follows a slash divides."""
    parts = re.split(r"([./])", text.removeprefix("/"))
    if not all(parts):
        raise _unknown(code)
    first = -1 if text.startswith("/") else 1
    signs = [first, *(-1 if mark == "/" else 1 for mark in parts[1::2])]
    return list(zip(signs, parts[::2], strict=True))


def _term(term: str, code: str) -> tuple[float, dict[str, int]]:
    found = _TERM.fullmatch(term)
    if found is None:
        raise _unknown(code)
    if found["power"]:
        return 10.0 ** int(found["power"]), {}
    if found["number"]:
        return float(found["number"]), {}
    size, dimension = _atom(found["atom"], code)
    exponent = int(found["exponent"] or 1)
    return size**exponent, {base: power * exponent for base, power in dimension.items()}


def _atom(name: str, code: str) -> tuple[float, dict[str, int]]:
    if name in _ATOMS:
        return _ATOMS[name]
    if name[:1] in _PREFIXES and name[1:] in _ATOMS and name[1:] not in ("1", "%"):
        size, dimension = _ATOMS[name[1:]]
        return _PREFIXES[name[0]] * size, dimension
    raise _unknown(code)


def _unknown(code: str) -> BadInput:
    return BadInput(
        expected="a UCUM unit, such as mg/dL, umol/L, 10*9/L, mm[Hg], U/L, %, a (years), d (days)",
        found=repr(code),
        fix="Write the unit as a UCUM code; capitals matter.",
    )


def _named(unit: Unit) -> str:
    return ".".join(f"{base}{power if power != 1 else ''}" for base, power in unit.dimension) or "a plain number"
