"""Every unit, every prefix and the conversions of clinical tables against pint."""

from __future__ import annotations

from itertools import permutations

import pytest
from pint import UnitRegistry

from fewfold.data.rules.packs import _factor, packs
from fewfold.data.ucum import _ATOMS, _PREFIXES, _SCALES, convert, unit

REGISTRY = UnitRegistry()
BASES = {"g": "gram", "m": "meter", "s": "second", "mol": "mole", "K": "kelvin", "A": "ampere"}
# each unit as pint calls it; pint knows no equivalents or osmoles, which are counted as moles are
ATOMS = {
    "1": "dimensionless",
    "%": "percent",
    "[ppm]": "ppm",
    "g": "gram",
    "[lb_av]": "pound",
    "m": "meter",
    "[in_i]": "inch",
    "[ft_i]": "foot",
    "L": "liter",
    "l": "liter",
    "s": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "wk": "week",
    "mo": "month",
    "a": "julian_year",
    "Hz": "1 / second",
    "mol": "mole",
    "eq": "mole",
    "osm": "mole",
    "U": "enzyme_unit",
    "kat": "katal",
    "N": "newton",
    "Pa": "pascal",
    "bar": "bar",
    "m[Hg]": "1000 * millimeter_Hg",
    "m[H2O]": "100 * centimeter_H2O",
    "J": "joule",
    "cal": "calorie",
    "W": "watt",
    "A": "ampere",
    "V": "volt",
    "K": "kelvin",
    "deg": "degree",
    "rad": "radian",
}
ARBITRARY = {"[pH]", "[iU]", "[IU]"}  # measure only themselves
PREFIXES = {
    "T": "tera",
    "G": "giga",
    "M": "mega",
    "k": "kilo",
    "h": "hecto",
    "d": "deci",
    "c": "centi",
    "m": "milli",
    "u": "micro",
    "n": "nano",
    "p": "pico",
    "f": "femto",
}
MERCURY = 4e-9  # of its size: 133.322387 Pa is the conventional 13.5951 g/cm3 times 9.80665 m/s2 with nine digits
# codes that clinical tables hold, a quantity a line
QUANTITIES = (
    {"g/L": "g/L", "g/dL": "g/dL", "mg/dL": "mg/dL", "ug/mL": "ug/mL", "ng/mL": "ng/mL", "kg/m3": "kg/m^3"},
    {"mmol/L": "mmol/L", "umol/L": "umol/L", "nmol/mL": "nmol/mL", "meq/L": "mmol/L", "mol/m3": "mol/m^3"},
    {"10*9/L": "1e9/L", "10*12/L": "1e12/L", "10*3/uL": "1e3/uL", "10*6/mL": "1e6/mL", "/nL": "1/nL", "/fL": "1/fL"},
    {"mm[Hg]": "mmHg", "cm[H2O]": "cmH2O", "kPa": "kPa", "hPa": "hPa", "mbar": "mbar", "bar": "bar"},
    {"a": "julian_year", "mo": "month", "wk": "week", "d": "day", "h": "hour", "min": "minute", "ms": "ms"},
    {"U/L": "enzyme_unit/L", "kU/L": "1000*enzyme_unit/L", "ukat/L": "ukat/L", "nkat/mL": "nkat/mL"},
    {"kg/m2": "kg/m^2", "g/cm2": "g/cm^2", "[lb_av]/[in_i]2": "pound/inch^2"},
    {"kg": "kg", "[lb_av]": "pound", "g": "g", "ug": "ug", "pg": "pg"},
    {"cm": "cm", "m": "m", "[in_i]": "inch", "[ft_i]": "foot", "um": "um"},
    {"mL/min": "mL/minute", "L/d": "L/day", "L/s": "L/second", "mL/min/{1.73_m2}": "mL/minute"},
    {"mg/g{creat}": "mg/g", "%": "percent", "1": "dimensionless", "mmol/mol": "mmol/mol"},
    {"/min": "1/minute", "Hz": "1/second", "{beats}/min": "1/minute", "/h": "1/hour"},
    {"m/s2": "m/s^2", "cm/min2": "cm/minute^2"},
    {"kcal/d": "kcal/day", "kJ/d": "kJ/day", "W": "watt", "N.m/s": "N*m/s"},
    {"mV": "mV", "uV": "uV", "J/A/s": "J/A/s"},
    {"ug/d": "ug/day", "mg/wk": "mg/week"},
    {"g.m-2.d-1": "g/m^2/day", "mg/m2/h": "mg/m^2/hour"},
)


def in_pint(code: str, expression: str) -> float:
    """The size of an expression in the base units that a code is said to have; pint raises where it has others."""
    bases = " * ".join(f"{BASES[base]} ** {power}" for base, power in unit(code).dimension) or "dimensionless"
    return float((REGISTRY.Quantity(1.0, "") * REGISTRY.parse_expression(expression)).to(bases).magnitude)


def test_every_unit_has_a_partner_and_every_prefix_too() -> None:
    assert set(ATOMS) | ARBITRARY == set(_ATOMS)
    assert set(PREFIXES) == set(_PREFIXES)
    assert set(_SCALES) == {"Cel", "[degF]"}


@pytest.mark.parametrize("code", ATOMS)
def test_every_unit_has_the_size_that_pint_gives_it(code: str) -> None:
    rel = MERCURY if code == "m[Hg]" else 1e-12
    assert unit(code).size == pytest.approx(in_pint(code, ATOMS[code]), rel=rel)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_prefix_has_the_size_that_pint_gives_it(prefix: str) -> None:
    for code, name in ATOMS.items():
        if code in ("1", "%") or prefix + code in ATOMS:  # min is a minute, and no inch
            continue
        by_pint = in_pint(prefix + code, f"({PREFIXES[prefix]}meter / meter) * ({name})")
        assert unit(prefix + code).size == pytest.approx(by_pint, rel=MERCURY if code == "m[Hg]" else 1e-12), code


@pytest.mark.parametrize("power", [-3, -2, 2, 3])
def test_powers_and_quotients(power: int) -> None:
    for code, name in ATOMS.items():
        if code in ("1", "%"):
            continue
        rel = 3 * MERCURY if code == "m[Hg]" else 1e-12
        written = f"{code}{power}"
        assert unit(written).size == pytest.approx(in_pint(written, f"({name}) ** {power}"), rel=rel)
        assert unit(f"mol/{code}").size == pytest.approx(in_pint(f"mol/{code}", f"mole / ({name})"), rel=rel)


PAIRS = [(a, b, line[a], line[b]) for line in QUANTITIES for a, b in permutations(line, 2)]


@pytest.mark.parametrize(("have", "want", "of_have", "of_want"), PAIRS)
def test_values_of_clinical_tables(have: str, want: str, of_have: str, of_want: str) -> None:
    ratio = REGISTRY.parse_expression(of_have) / REGISTRY.parse_expression(of_want)
    by_pint = 7.25 * (REGISTRY.Quantity(1.0, "") * ratio).to("dimensionless").magnitude
    rel = MERCURY if "mm[Hg]" in (have, want) else 1e-11
    assert convert(7.25, have, want) == pytest.approx(by_pint, rel=rel)


@pytest.mark.parametrize("value", [-40.0, 0.0, 36.6, 100.0, 310.15])
def test_temperatures(value: float) -> None:
    scales = {"Cel": "degC", "[degF]": "degF", "K": "kelvin"}
    for have, want in permutations(scales, 2):
        expected = REGISTRY.Quantity(value, scales[have]).to(scales[want]).magnitude
        assert convert(value, have, want) == pytest.approx(expected, rel=1e-12, abs=1e-9), (have, want)


@pytest.mark.parametrize(("have", "want"), [("mg/dL", "mmol/L"), ("umol/L", "mg/dL"), ("g/L", "umol/L")])
def test_mass_and_substance_are_converted_as_pint_does_in_its_context(have: str, want: str) -> None:
    """Every substance for which the rules know a molar mass."""
    masses = {known.molar_mass for pack in packs().values() for known in pack.variables.values() if known.molar_mass}
    assert len(masses) > 4
    for mass in masses:
        with REGISTRY.context("chemistry", mw=REGISTRY.Quantity(mass, "g/mol")):
            expected = REGISTRY.Quantity(1.0, have).to(want).magnitude
        assert _factor(have, want, mass) == pytest.approx(expected, rel=1e-12)
