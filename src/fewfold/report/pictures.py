"""From the parts of a result to the charts of the report, each with the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from fewfold.report.charts import associations, calibration, distributions, dose, forest, network
from fewfold.report.charts.scale import fitted
from fewfold.report.names import ALL, NONE, Names
from fewfold.report.numbers import difference, fmt, interval, p_value, percent, places, times
from fewfold.study.result import Contrast, MetricRow, Result
from fewfold.study.result_figures import Associations, Distribution

MOST_EDGES = 40  # drawn of a network; all stand in the table
MOST_PAIRS = 30  # of variables in the table behind an association map


@dataclass(frozen=True)
class Numbers:
    """The table behind a chart."""

    head: list[str]
    rows: list[list[str]]
    note: str = ""


@dataclass(frozen=True)
class Panel:
    """A chart with a caption."""

    caption: str
    chart: Markup
    note: str = ""


@dataclass(frozen=True)
class Plate:
    """Charts that belong together, and one table behind them. ``name`` is the arm that they are about, if any."""

    title: str
    panels: list[Panel]
    numbers: Numbers
    name: str = ""


def doses(result: Result, names: Names) -> list[Plate]:
    """A plate for each score, the primary one first; a panel for each learner."""
    rows = [m for m in result.metrics if m.family == "utility" and m.learner is not None and m.value is not None]
    order = dict.fromkeys([result.power.metric, *(m.name for m in rows)])
    plates = []
    for k, name in enumerate(n for n in order if any(m.name == n for m in rows)):
        own = [m for m in rows if m.name == name]
        panels = [
            Panel(names.learner(learner), _dose([m for m in own if m.learner == learner], names, f"dose-{k}-{i}"))
            for i, learner in enumerate(dict.fromkeys(m.learner for m in own))
        ]
        head = ["Learner", "Arm", "Ratio", "Value (95 % interval)"]
        table = [
            [names.learner(m.learner), names.title(m.method), _ratio(m.ratio), interval(m.value, m.low, m.high)]
            for m in own
        ]
        plates.append(Plate(names.metric(name), panels, Numbers(head, table, names.better(name))))
    return plates


def _dose(rows: list[MetricRow], names: Names, ident: str) -> Markup:
    metric, learner = names.metric(rows[0].name), names.learner(rows[0].learner)
    points: dict[str, list[dose.Point]] = {}
    for m in sorted(rows, key=lambda m: (names.arms.index(m.method), m.ratio)):
        if m.value is not None and m.low is not None and m.high is not None:
            points.setdefault(m.method, []).append(dose.Point(m.ratio, m.value, m.low, m.high))
    none = points.pop(NONE, [None])[0]
    curves = [dose.Curve(names.looks[arm], own) for arm, own in points.items()]
    said = [f"{names.title(arm)} at {times(p.ratio)}: {fmt(p.value)}" for arm, own in points.items() for p in own]
    base = f"No augmentation: {fmt(none.value)}. " if none else ""
    title = f"{metric} against the expansion ratio, {learner}"
    return dose.chart(curves, none, ident=ident, title=title, description=f"{base}{'; '.join(said)}.")


def primary_forest(result: Result, names: Names) -> list[Plate]:
    """The primary score of each method against every control, one chart a method, one axis for all."""
    rows = [c for c in result.contrasts if c.metric == result.power.metric]
    means = [c for c in rows if c.learner == ALL]
    hardest = {(v.method, v.ratio): v.primary.against for v in result.verdicts}
    plates = []
    for k, method in enumerate(m for m in names.methods if any(c.method == m for c in means)):
        drawn: list[forest.Row] = []
        for ratio in sorted({c.ratio for c in means if c.method == method}):
            drawn.append(forest.Row(f"at {times(ratio)}, against"))
            for c in means:
                if (c.method, c.ratio) == (method, ratio):
                    strong = c.against == hardest.get((method, ratio))
                    drawn.append(forest.Row(names.title(c.against), c.estimate, c.low, c.high, strong=strong))
        panel = _forest(drawn, means, result, names, f"forest-{k}", names.title(method))
        behind = _contrasts((c for c in rows if c.method == method), names)
        plates.append(Plate(names.title(method), [panel], behind, method))
    return plates


def guarded_forest(result: Result, names: Names) -> list[Plate]:
    """The scores that must not get worse, against no augmentation, one chart a score."""
    rows = [c for c in result.contrasts if c.metric != result.power.metric and c.learner == ALL]
    plates = []
    for k, name in enumerate(dict.fromkeys(c.metric for c in rows)):
        own = [c for c in rows if c.metric == name]
        drawn = [forest.Row(f"{names.title(c.method)} {times(c.ratio)}", c.estimate, c.low, c.high) for c in own]
        panel = _forest(drawn, own, result, names, f"guarded-{k}", "All methods")
        plates.append(Plate(names.metric(name), [panel], _contrasts(own, names)))
    return plates


def _forest(drawn: list[forest.Row], rows: list[Contrast], result: Result, names: Names, ident: str, who: str) -> Panel:
    metric = rows[0].metric
    effect = result.power.smallest_effect if metric == result.power.metric else 0.0
    shared = fitted([0.0, effect, -effect, *(e for c in rows for e in (c.estimate, c.low, c.high))], 0, 1)
    said = "; ".join(f"{r.label}: {difference(r.estimate, r.low, r.high)}" for r in drawn if r.estimate is not None)
    chart = forest.chart(
        drawn,
        (shared.low, shared.high),
        effect,
        axis=f"paired difference in {names.metric(metric)}",
        ident=ident,
        title=f"{who}: paired differences in {names.metric(metric)}, right of zero is better",
        description=said,
    )
    return Panel("", chart)


def _contrasts(rows: Iterable[Contrast], names: Names) -> Numbers:
    head = ["Method", "Ratio", "Against", "Learner", "Difference (95 % interval)", "p", "p, Holm"]
    return Numbers(
        head,
        [
            [
                names.title(c.method),
                times(c.ratio),
                names.title(c.against),
                "mean of all" if c.learner == ALL else names.learner(c.learner),
                difference(c.estimate, c.low, c.high),
                p_value(c.p),
                p_value(c.p_holm),
            ]
            for c in rows
        ],
    )


def distribution_plates(result: Result, names: Names) -> list[Plate]:
    """A plate for each method, a panel for each variable."""
    shown = result.figures.distributions
    methods = dict.fromkeys(name for d in shown for name in d.synthetic)
    plates = []
    for m, method in enumerate(methods):
        own = [d for d in shown if method in d.synthetic]
        panels = [
            Panel(
                f"{d.label} ({d.unit})" if d.unit else d.label,
                _distribution(d, method, names.title(method), f"distribution-{m}-{k}"),
                _missing(d.missing_real, d.missing_synthetic.get(method, 0.0)),
            )
            for k, d in enumerate(own)
        ]
        rows = [row for d in own for row in _shares(d, method)]
        head = ["Variable", "From, or level", "Real", "Synthetic"]
        plates.append(Plate(names.title(method), panels, Numbers(head, rows), method))
    return plates


def _missing(real: float, made: float) -> str:
    return f"missing: {percent(real)} real, {percent(made)} synthetic" if real or made else ""


def _distribution(d: Distribution, method: str, who: str, ident: str) -> Markup:
    made = d.synthetic[method]
    words = {"ident": ident, "title": f"{d.label}: real patients against {who}"}
    if d.edges is not None:
        low, high = d.edges[0], d.edges[-1]
        description = f"Shares in {len(d.real)} bins from {fmt(low)} to {fmt(high)}: area real, line synthetic."
        return distributions.histogram(d.edges, d.real, made, **words, description=description)
    levels = d.levels or []
    description = "; ".join(
        f"{level}: {percent(a)} real, {percent(b)} synthetic" for level, a, b in zip(levels, d.real, made, strict=True)
    )
    return distributions.bars(levels, d.real, made, **words, description=description)


def _shares(d: Distribution, method: str) -> list[list[str]]:
    if d.edges is not None:
        shown = places(*d.edges)
        steps = [fmt(edge, shown) for edge in d.edges[:-1]]
    else:
        steps = d.levels or []
    return [
        [d.label, step, percent(a), percent(b)]
        for step, a, b in zip(steps, d.real, d.synthetic[method], strict=True)
        if a or b
    ]


def association_plates(result: Result, names: Names) -> list[Plate]:
    """Three maps for each method: real, synthetic and their difference."""
    found = result.figures.associations
    if found is None or len(found.variables) < 2:
        return []
    plates = []
    for m, (method, made) in enumerate(found.synthetic.items()):
        gap = associations.difference(found.real, made)
        maps = (("Real", found.real), ("Synthetic", made), ("Synthetic minus real", gap))
        panels = [
            Panel(caption, _map(found, matrix, k == 0, f"{caption}, {names.title(method)}", f"association-{m}-{k}"))
            for k, (caption, matrix) in enumerate(maps)
        ]
        plates.append(Plate(names.title(method), panels, _pairs(found, made, gap), method))
    return plates


def _map(found: Associations, matrix: associations.Matrix, first: bool, title: str, ident: str) -> Markup:
    description = f"Associations of {len(found.variables)} variables with each other; the largest stand in the table."
    return associations.chart(
        found.variables, matrix, names=first, ident=ident, title=f"Association map: {title}", description=description
    )


def _pairs(found: Associations, made: associations.Matrix, gap: associations.Matrix) -> Numbers:
    """The pairs whose association differs most."""
    n = len(found.variables)
    known = [(-abs(g), i, j, g) for i in range(n) for j in range(i) if (g := gap[i][j]) is not None]
    rows = [
        [found.variables[j], found.variables[i], fmt(found.real[i][j], 2), fmt(made[i][j], 2), fmt(g, 2)]
        for _, i, j, g in sorted(known)[:MOST_PAIRS]
    ]
    note = f"The {MOST_PAIRS} pairs that differ most; all stand in result.json." if len(known) > MOST_PAIRS else ""
    return Numbers(["Variable", "Variable", "Real", "Synthetic", "Difference"], rows, note)


def network_plates(result: Result, names: Names) -> list[Plate]:
    """The graph that each method with one learned."""
    plates = []
    for k, found in enumerate(n for n in result.figures.networks if n.edges):
        edges = [(e.parent, e.child, e.strength) for e in found.edges]
        shown, who = edges[:MOST_EDGES], names.title(found.method)
        caption = "" if shown == edges else f"The {MOST_EDGES} strongest of {len(edges)} edges"
        said = "; ".join(f"{parent} to {child}" for parent, child, _ in shown)
        drawn = network.chart(shown, ident=f"network-{k}", title=f"Network: {who}", description=f"{said}.")
        rows = [[parent, child, fmt(strength, 1)] for parent, child, strength in edges]
        plates.append(Plate(who, [Panel(caption, drawn)], Numbers(["From", "To", "Log odds"], rows), found.method))
    return plates


def calibrations(result: Result, names: Names) -> list[Plate]:
    """A plate for each learner: no augmentation, then each method at each ratio with it in the background."""
    curves = result.figures.calibration
    plates = []
    for k, learner in enumerate(dict.fromkeys(c.learner for c in curves)):
        own = {(c.method, c.ratio): c for c in curves if c.learner == learner}
        risks = {
            key: [calibration.Risk(*four) for four in zip(c.predicted, c.observed, c.low, c.high, strict=True)]
            for key, c in own.items()
        }
        base = next((own_risks for (arm, _), own_risks in risks.items() if arm == NONE), [])
        panels = []
        for i, (arm, ratio) in enumerate(key for key in own if key[0] in (NONE, *names.methods)):
            who = f"{names.title(arm)} {_ratio(ratio)}".strip()
            chart = calibration.chart(
                risks[arm, ratio],
                [] if arm == NONE else base,
                names.looks[arm],
                ident=f"calibration-{k}-{i}",
                title=f"Calibration of {who}, {names.learner(learner)}",
                description="; ".join(
                    f"predicted {fmt(r.predicted, 2)}, observed {fmt(r.observed, 2)}" for r in risks[arm, ratio]
                ),
            )
            panels.append(Panel(who, chart))
        head = ["Arm", "Ratio", "Patients", "Predicted", "Observed (95 % interval)"]
        rows = [
            [names.title(c.method), _ratio(c.ratio), str(n), fmt(r.predicted, 3), interval(r.observed, r.low, r.high)]
            for key, c in own.items()
            for n, r in zip(c.n, risks[key], strict=True)
        ]
        plates.append(Plate(names.learner(learner), panels, Numbers(head, rows)))
    return plates


def _ratio(ratio: float) -> str:
    return times(ratio) if ratio else ""
