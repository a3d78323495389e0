"""The recommended stop of a dose-response curve."""

from __future__ import annotations

import pytest

from fewfold.study.result import Primary, Verdict
from fewfold.study.stop import stops


def curve(*points: tuple[float, str, float]) -> list[Verdict]:
    """(ratio, verdict, gain), each with a standard error of 0.01."""
    half = 1.959964 * 0.01
    return [
        Verdict(
            method="m",
            ratio=ratio,
            verdict=call,
            reason="",
            primary=Primary(metric="auroc", estimate=gain, low=gain - half, high=gain + half, against="none"),
            findings=[],
        )
        for ratio, call, gain in points
    ]


@pytest.mark.parametrize(
    ("points", "recommended", "unharmed"),
    [
        (((1, "no_evidence", 0.03), (2, "no_evidence", 0.05)), 0, 2),  # the largest gain is no reason
        (((1, "helps", 0.050), (2, "helps", 0.055), (5, "helps", 0.058)), 1, 5),  # within 0.01 of the largest
        (((1, "helps", 0.030), (2, "helps", 0.055), (5, "helps", 0.058)), 2, 5),
        (((1, "no_evidence", 0.01), (2, "helps", 0.05), (5, "harms", -0.05)), 2, 2),
        (((1, "harms", -0.05), (2, "no_evidence", 0.0)), 0, 0),  # harm at a low ratio is harm
        (((5, "no_evidence", 0.0), (1, "blocked", 0.0), (2, "no_evidence", 0.0)), 0, 0),  # whatever the order
    ],
)
def test_the_stop(points, recommended, unharmed):
    (found,) = stops(curve(*points))
    assert (found.recommended, found.no_harm_up_to) == (recommended, unharmed)


def test_each_method_has_its_own():
    given = curve((1, "helps", 0.05))
    other = [given[0].model_copy(update={"method": "n", "verdict": "harms"})]
    assert [(s.method, s.recommended) for s in stops(given + other)] == [("m", 1.0), ("n", 0.0)]
