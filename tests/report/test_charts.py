from __future__ import annotations

import re

import pytest

from fewfold.report.charts import associations, distributions, network, strip
from fewfold.report.charts.icons import icon
from fewfold.report.charts.scale import Scale, fitted
from fewfold.report.charts.series import looks
from fewfold.report.charts.svg import el, figure, text


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0.0, 1.0, ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        (-0.011, 0.021, ["−0.01", "0.00", "0.01", "0.02"]),
        (18.0, 80.0, ["20", "40", "60", "80"]),
        (0.0, 5e-5, ["0.00000", "0.00002", "0.00004"]),
    ],
)
def test_ticks_are_round_and_written_in_full(low: float, high: float, shown: list[str]) -> None:
    assert [written for _, written in Scale(low, high, 0, 100).ticks()] == shown


def test_a_scale_is_linear_and_holds_everything() -> None:
    scale = fitted([0.0, 10.0, None], 0, 100, pad=0.0)
    assert [scale(v) for v in (0.0, 2.5, 10.0, 99.0)] == [0.0, 25.0, 100.0, 100.0]
    flat = fitted([3.0, 3.0], 0, 100, pad=0.0)
    assert flat(3.0) == 50.0


def test_a_scale_may_run_upwards() -> None:
    assert Scale(0, 1, 200, 0)(0.25) == 150.0


def test_text_and_attributes_are_escaped() -> None:
    drawn = el("g", text("<b>&", 1, 2), class_='"><script>')
    assert drawn == '<g class="&#34;&gt;&lt;script&gt;"><text x="1" y="2">&lt;b&gt;&amp;</text></g>'
    assert "<script>" not in figure(1, 1, ident="a", title="</title><script>", description="</desc>")


def test_a_histogram_draws_shares_to_scale() -> None:
    drawn = distributions.histogram([0, 1, 2], [0.5, 0.25], [0.25, 0.5], ident="a", title="t", description="d")
    real, made = re.findall(r' d="([^"]+)"', drawn)
    tops = [float(v) for v in re.findall(r"V([\d.]+)", real)]
    assert tops == [distributions.TOP, (distributions.BASE + distributions.TOP) / 2, distributions.BASE]
    assert [float(v) for v in re.findall(r"V([\d.]+)", made)][:2] == tops[1::-1]


def test_levels_beyond_the_first_are_counted() -> None:
    shares = [1 / 15] * 15
    drawn = distributions.bars([f"l{k}" for k in range(15)], shares, shares, ident="a", title="t", description="d")
    assert "and 3 more levels" in drawn


def test_every_cell_of_a_map_is_drawn_once_in_its_shade() -> None:
    matrix: list[list[float | None]] = [[1.0, 0.42, 0.02], [0.42, 1.0, None], [-0.38, -0.41, 1.0]]
    drawn = associations.chart(["a", "b", "c"], matrix, names=True, ident="a", title="t", description="d")
    cells = {shade: path for path, shade in re.findall(r'<path d="([^"]+)" class="([^"]+)"', drawn)}
    assert cells == {
        "above o10": "M0 0.5h1M1 1.5h1M2 2.5h1",
        "above o4": "M1 0.5h1M0 1.5h1",
        "unknown": "M2 1.5h1",
        "below o4": "M0 2.5h2",
    }
    assert associations.difference([[1.0, None]], [[0.5, 0.5]]) == [[-0.5, None]]


def test_every_arrow_of_a_network_leads_to_the_right() -> None:
    edges = [("c", "d", 12.0), ("a", "c", 4.0), ("b", "c", 0.5), ("a", "d", 3.0), ("b", "e", -1.0)]
    drawn = network.chart(edges, ident="a", title="t", description="d")
    ways = re.findall(r'd="M([\d.]+) ([\d.]+)C[^"]* ([\d.]+) ([\d.]+)" class="link l(\d)"', drawn)
    assert [float(left) < float(right) for left, _, right, _, _ in ways] == [True] * 5
    assert [thick for *_, thick in ways] == ["2", "1", "0", "1", "0"]
    boxes = {name: float(x) for x, name in re.findall(r'<rect x="([\d.]+)"[^>]*/><text[^>]*>(\w)</text>', drawn)}
    assert boxes == {"a": 0, "b": 0, "c": network.ACROSS, "e": network.ACROSS, "d": 2 * network.ACROSS}
    assert len(set(re.findall(r'<rect x="[\d.]+" y="[\d.]+"', drawn))) == 5, "no two boxes in one place"


def test_a_strip_places_the_value_inside_its_band() -> None:
    drawn = strip.chart(Scale(0, 1, 0, 100), 0.5, 0.4, 0.6, ident="a", title="t", band=(0.25, 0.75))
    assert 'cx="50"' in drawn
    assert '<rect x="25" y="3" width="50"' in drawn


def test_looks_and_icons_differ_in_shape_too() -> None:
    drawn = looks(["none", "copies"], ["a", "b", "c"])
    assert len({look.marker for name, look in drawn.items() if name in "abc"}) == 3
    assert len({look.colour for look in drawn.values()}) == 5
    calls = ("helps", "harms", "no_evidence", "not_estimable", "blocked")
    assert len({re.findall(r'd="([^"]+)"', icon(name))[0] for name in calls}) == 5
