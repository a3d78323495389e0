from __future__ import annotations

import pytest

from fewfold.report.numbers import clip, difference, fmt, interval, p_value, percent, span, times


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((0.012, -0.010, 0.034), "0.012 (−0.010 to 0.034)"),
        ((0.8123, 0.7, 0.9), "0.812 (0.700 to 0.900)"),
        ((0.00042, 0.0001, 0.0009), "0.00042 (0.00010 to 0.00090)"),
        ((12.34, 10.0, 15.55), "12.3 (10.0 to 15.6)"),
        ((1234.5, 1000.0, 2000.0), "1\u202f234 (1\u202f000 to 2\u202f000)"),
        ((-0.0004, -0.1, 0.1), "0.000 (−0.100 to 0.100)"),
        ((0.0, 0.0, 0.0), "0 (0 to 0)"),
        ((None, None, None), "–"),
    ],
)
def test_interval(values: tuple[float | None, float | None, float | None], shown: str) -> None:
    assert interval(*values) == shown


def test_single_numbers() -> None:
    assert fmt(None) == "–"
    assert fmt(-2.5) == "−2.50"
    assert span(None, 1.0) == "–"
    assert [percent(x) for x in (0.0, 1.0, 0.041, 0.0001)] == [
        f"{number}\N{NO-BREAK SPACE}%" for number in ("0", "100", "4.1", "<\N{NO-BREAK SPACE}0.1")
    ]
    assert [p_value(p) for p in (None, 0.0312, 1e-9)] == ["", "p\u00a0=\u00a00.031", "p\u00a0<\u00a00.001"]
    assert times(0.25) == "0.25×"
    assert clip("a  long\nname", 8) == "a long …"


def test_a_difference_has_its_sign_and_zero_has_none() -> None:
    assert difference(0.012, -0.01, 0.034) == "+0.012 (−0.010 to +0.034)"
    assert difference(-0.012, -0.04, 0.0) == "−0.012 (−0.040 to 0.000)"
    assert difference(None, None, None) == "–"
    assert difference(0.5, None, None) == "+0.500 (–)"
