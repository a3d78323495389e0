"""How long patients and synthetic rows are followed, drawn."""

from __future__ import annotations

from fewfold.report.charts import kaplan
from fewfold.report.names import Names
from fewfold.report.numbers import fmt, percent
from fewfold.report.pictures import Numbers, Panel, Plate
from fewfold.study.result import Result
from fewfold.study.result_figures import Kaplan

CAPTIONS = {"event": "Without the event", "censoring": "Not censored"}
ROWS = 5  # of times in the table behind the curves, evenly spaced


def plates(result: Result, names: Names) -> list[Plate]:
    """A plate for each method that draws follow-up: the share without the event, and that still followed."""
    found = result.figures.follow_up
    methods = dict.fromkeys(name for one in found for name in one.synthetic)
    return [_plate(method, found, names, m) for m, method in enumerate(methods)]


def _plate(method: str, found: list[Kaplan], names: Names, m: int) -> Plate:
    who = names.title(method)
    panels, rows = [], []
    for k, one in enumerate(found):
        caption, made = CAPTIONS[one.ending], one.synthetic[method]
        told = [(one.times[i], one.real[i], one.low[i], one.high[i], made[i]) for i in _some(len(one.times))]
        drawn = kaplan.chart(
            kaplan.Left(one.times, one.real, one.low, one.high),
            made,
            label=f"time ({one.unit})" if one.unit else "time",
            ident=f"follow-up-{m}-{k}",
            title=f"{caption}: real patients against {who}",
            description="; ".join(f"at {fmt(t)} {percent(a)} real, {percent(b)} synthetic" for t, a, *_, b in told),
        )
        panels.append(Panel(caption, drawn))
        rows += [
            [caption, fmt(t), f"{percent(a)} ({percent(low)} to {percent(high)})", percent(b)]
            for t, a, low, high, b in told
        ]
    return Plate(who, panels, Numbers(["Share", "Time", "Real (95 % interval)", "Synthetic"], rows), method)


def _some(count: int) -> list[int]:
    """Places that are evenly spaced, the first left out, the last among them."""
    return [round((k + 1) * (count - 1) / ROWS) for k in range(ROWS)]
