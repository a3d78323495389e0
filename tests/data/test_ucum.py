"""Units: published conversions, and what is refused."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewfold.core.errors import BadInput
from fewfold.data.ucum import convert, unit

SAME = (
    ("mg/dL", "g/L", "ug/mL", "kg/m3"),
    ("mmol/L", "umol/mL", "mol/m3", "meq/L"),
    ("10*9/L", "10*3/uL", "/nL", "10*6/mL"),
    ("mm[Hg]", "kPa", "Pa", "cm[H2O]", "bar"),
    ("a", "mo", "wk", "d", "h", "min", "s"),
    ("U/L", "ukat/L", "kU/L", "nkat/mL"),
    ("Cel", "[degF]", "K"),
    ("%", "1", "[ppm]", "{ratio}", "mmol/mol"),
    ("kg/m2", "g/cm2", "[lb_av]/[in_i]2"),
)


@pytest.mark.parametrize(
    ("value", "have", "want", "expected"),
    [
        (1.0, "[in_i]", "cm", 2.54),
        (1.0, "[lb_av]", "kg", 0.45359237),
        (760.0, "mm[Hg]", "kPa", 101.325),
        (37.0, "Cel", "[degF]", 98.6),
        (-40.0, "[degF]", "Cel", -40.0),
        (300.0, "K", "Cel", 26.85),
        (60.0, "U/L", "ukat/L", 1.0),
        (4.2, "g/dL", "g/L", 42.0),
        (250.0, "10*9/L", "10*3/uL", 250.0),
        (2.0, "a", "d", 730.5),
        (72.0, "/min", "Hz", 1.2),
        (120.0, "mL/min/{1.73_m2}", "L/d", 172.8),
        (5.0, "mg/g{creat}", "ug/mg", 5.0),
        (42.0, "%", "1", 0.42),
        (1.0, "J", "g.m2/s2", 1000.0),
    ],
)
def test_published_conversions(value: float, have: str, want: str, expected: float) -> None:
    assert convert(value, have, want) == pytest.approx(expected, rel=1e-6)


@given(st.sampled_from(SAME).flatmap(lambda units: st.tuples(*[st.sampled_from(units)] * 3)), st.floats(-1e6, 1e6))
def test_there_and_back_by_any_way(units: tuple[str, str, str], value: float) -> None:
    a, b, c = units
    there = convert(convert(value, a, b), b, c)
    assert there == pytest.approx(convert(value, a, c), rel=1e-9, abs=1e-6)
    assert convert(there, c, a) == pytest.approx(value, rel=1e-9, abs=1e-6)


def test_arrays_keep_what_is_missing() -> None:
    np.testing.assert_allclose(convert(np.array([1.0, np.nan]), "g", "mg"), [1000, np.nan])


@pytest.mark.parametrize(
    "code", ["", "/", "mg//dL", "mg/", "foo", "MG/DL", "mg/dl?", "m g", "10*", "years", "-", "{", "2x"]
)
def test_what_is_no_unit_is_refused(code: str) -> None:
    with pytest.raises(BadInput, match="UCUM"):
        unit(code)


@given(st.text(alphabet="mgdLUkat/.*10^[]{}%-2 ", max_size=12))
def test_any_text_is_a_unit_or_bad_input(code: str) -> None:
    with suppress(BadInput):
        assert unit(code).size > 0


@pytest.mark.parametrize(("have", "want"), [("mg/dL", "mmol/L"), ("U/L", "[iU]/L"), ("g", "s"), ("%", "10*9/L")])
def test_units_of_two_quantities_are_refused(have: str, want: str) -> None:
    with pytest.raises(BadInput, match="one quantity"):
        convert(1.0, have, want)
