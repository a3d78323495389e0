"""What arms and metrics are called in the report."""

from __future__ import annotations

from collections import Counter

from fewfold.report.charts.series import Look, looks
from fewfold.report.words import LEARNERS
from fewfold.study.result import Measure, Result

ALL = "all"  # how a result names the mean over learners
NONE = "none"  # how a result names the arm without augmentation


class Names:
    """Titles, looks and order of everything in one result."""

    def __init__(self, result: Result) -> None:
        algorithms = {a.name: a for a in result.provenance.algorithms}
        self.controls = [name for name, a in algorithms.items() if a.role == "control"]
        self.methods = list(dict.fromkeys([v.method for v in result.verdicts]))
        shared = Counter(a.title for a in algorithms.values())
        self._titles = {
            name: a.title if shared[a.title] == 1 else f"{a.title} ({name})" for name, a in algorithms.items()
        }
        self._measures: dict[str, Measure] = {m.name: m for m in result.measures}
        others = [m.method for m in result.metrics] + [c.method for c in result.contrasts]
        unlisted = [n for n in dict.fromkeys(others) if n not in self.controls and n not in self.methods]
        self.controls += unlisted
        self.looks: dict[str, Look] = looks(self.controls, self.methods)

    @property
    def arms(self) -> list[str]:
        """Controls first, then methods under test."""
        return [*self.controls, *self.methods]

    def title(self, arm: str) -> str:
        """The title of an arm, with its name where another arm has the same, or its name where it has none."""
        return self._titles.get(arm, arm)

    def learner(self, name: str | None) -> str:
        """A learner in words."""
        return LEARNERS.get(name or "", name or "")

    def metric(self, name: str) -> str:
        """The title of a metric, or its name in words."""
        return self._measures[name].title if name in self._measures else name.replace("_", " ")

    def question(self, name: str) -> str:
        """What a metric asks; may be empty."""
        return self._measures[name].question if name in self._measures else ""

    def better(self, name: str) -> str:
        """Which way is good, in words; may be empty."""
        measure = self._measures.get(name)
        if measure is None:
            return ""
        return f"nearer to {measure.best:g} is better" if measure.best is not None else f"{measure.better} is better"

    def worse(self, name: str, value: float, low: float, high: float) -> bool | None:
        """Whether a value that lies outside of a range lies on its bad side; None where that is not known."""
        measure = self._measures.get(name)
        if measure is None:
            return None
        above = value > high
        if measure.best is not None:
            return abs(value - measure.best) > abs((high if above else low) - measure.best)
        return above == (measure.better == "lower")
