"""Counts of what was seen, with the exact interval of the simulation error, as Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.proof import helps, peers
from benchmarks.proof.judge import critical, raised
from benchmarks.proof.rows import EXPECTED, FRESH
from benchmarks.proof.setups import SIZES
from fewfold.data.datasets.faults import FAULTS
from fewfold.metrics.base import share_interval

Studies = Sequence[dict[str, Any]]


@dataclass
class Rate:
    """``hits`` of ``n`` simulations."""

    hits: int = 0
    n: int = 0

    def add(self, hit: bool) -> None:
        """One more simulation."""
        self.hits, self.n = self.hits + hit, self.n + 1

    def __str__(self) -> str:
        if not self.n:
            return ""
        ends = share_interval(self.hits, self.n)
        return f"{_percent(self.hits / self.n)} ({_percent(ends.low)}–{_percent(ends.high)})"


@dataclass
class Detection:
    """How often the finding that fits was raised, any critical one, and any at all."""

    fitting: Rate = field(default_factory=Rate)
    critical: Rate = field(default_factory=Rate)
    any: Rate = field(default_factory=Rate)


def detections(studies: Iterable[dict[str, Any]]) -> dict[tuple[str, str, float, int], Detection]:
    """By cohort, fault, strength and n."""
    seen: dict[tuple[str, str, float, int], Detection] = defaultdict(Detection)
    for study in studies:
        for read in study["read"]:
            codes = _codes(study, read)
            one = seen[study["setup"], read["fault"], read["strength"], study["n"]]
            one.fitting.add(any(code in EXPECTED.get(read["fault"], ()) for code in codes.values()))
            one.critical.add(critical(codes))
            one.any.add(bool(codes))
    return dict(seen)


def _codes(study: dict[str, Any], read: dict[str, Any]) -> dict[str, str]:
    return raised({**study["nulls"], **read["nulls"]}, read["values"], study["task"])


def forms() -> str:
    """What each fault is, and what should be said of it."""
    rows = [[f"`{fault.name}`", fault.strong, ", ".join(EXPECTED[fault.name])] for fault in FAULTS.values()]
    return table(("fault", "strong form", "finding that fits"), rows)


def faults(studies: Studies, strength: float) -> str:
    """Detection by the finding that fits, by cohort and n."""
    seen = detections(studies)
    rows = []
    for fault in FAULTS:
        for setup in dict.fromkeys(key[0] for key in seen if key[1] == fault):
            rates = [seen.get((setup, fault, strength, n), Detection()) for n in SIZES]
            sixty = rates[SIZES.index(60)]
            rows.append([f"`{fault}`", setup, *(str(rate.fitting) for rate in rates), str(sixty.any)])
    return table(("fault", "cohort", *(f"n = {n}" for n in SIZES), "any finding, n = 60"), rows)


def alarms(studies: Studies) -> str:
    """Studies of fresh real rows that raise a finding."""
    seen = detections(studies)
    rows = []
    for setup in dict.fromkeys(key[0] for key in seen):
        rates = [seen.get((setup, FRESH, 0.0, n), Detection()) for n in SIZES]
        rows.append([setup, *(str(r.any) for r in rates), str(max((r.critical for r in rates), key=lambda r: r.hits))])
    return table(("cohort", *(f"n = {n}" for n in SIZES), "critical, at its worst"), rows)


def alarms_by_metric(studies: Studies) -> str:
    """The metrics that alarm on fresh real rows, over all cohorts."""
    seen: dict[str, dict[int, Rate]] = defaultdict(lambda: defaultdict(Rate))
    for study in studies:
        read = next(r for r in study["read"] if r["fault"] == FRESH)
        codes = _codes(study, read)
        for metric, value in read["values"].items():
            if value is not None:
                seen[metric][study["n"]].add(metric in codes)
    return table(
        ("metric", *(f"n = {n}" for n in SIZES)),
        [[f"`{metric}`", *(str(by_n[n]) if n in by_n else "" for n in SIZES)] for metric, by_n in sorted(seen.items())],
    )


def alarms_of_studies(studies: Studies) -> str:
    """Whole studies that raise a finding about rows that were drawn from the truth."""
    rows = []
    for world in dict.fromkeys(study["world"] for study in studies):
        by_n = [[bool(s["codes"]) for s in studies if s["world"] == world and s["n"] == n] for n in SIZES]
        codes = sorted({code for s in studies if s["world"] == world for code in s["codes"]})
        rows.append([world, *(str(_rate(hits)) for hits in by_n), ", ".join(codes)])
    return table(("cohort", *(f"n = {n}" for n in SIZES), "findings"), rows)


def false_helps(studies: Studies) -> str:
    """How often a study says helps where nothing can."""
    rows = []
    for scenario in helps.SCENARIOS.values():
        if not scenario.helps:
            own = [s for s in studies if s["scenario"] == scenario.name]
            rows.append([scenario.told, *(str(_said(own, n, "helps")) for n in SIZES), str(_said(own, None, "harms"))])
    everything = [s for s in studies if not helps.SCENARIOS[s["scenario"]].helps]
    rows.append(["all of them", *(str(_said(everything, n, "helps")) for n in SIZES),
                 str(_said(everything, None, "harms"))])  # fmt: skip
    return table(("what cannot help", *(f"n = {n}" for n in SIZES), "says harms"), rows)


def power(studies: Studies) -> str:
    """How often a true benefit is seen, against its size in units of the effect that the study says it can see."""
    rows = []
    for scenario in helps.SCENARIOS.values():
        for n in scenario.sizes if scenario.helps else ():
            own = [s for s in studies if s["scenario"] == scenario.name and s["n"] == n]
            if own:
                effect, detectable = _effect(own), own[0]["minimum_detectable_effect"]
                rows.append([scenario.told, n, f"{effect:.3f}", f"{detectable:.3f}", f"{effect / detectable:.1f}",
                             *(str(_said(own, n, said)) for said in ("helps", "no_evidence", "harms"))])  # fmt: skip
    rows.sort(key=lambda row: (row[1], float(row[4])))
    head = ("truth", "n", "true gain", "detectable", "ratio", "says helps", "cannot tell", "says harms")
    return table(head, rows)


def reduced_against_full(reduced: Studies, full: Studies) -> str:
    """The same cohorts under the protocol of a study as it is, and under the one of this page."""
    short = {(s["scenario"], s["n"], s["repeat"]): s for s in reduced}
    pairs = [(short[key], s) for s in full if (key := (s["scenario"], s["n"], s["repeat"])) in short]
    rows = []
    for told, wanted in (("nothing can help", False), ("the truth helps", True)):
        own = [pair for pair in pairs if helps.SCENARIOS[pair[0]["scenario"]].helps == wanted]
        said = [[_verdict(one) == "helps" for one in pair] for pair in own]
        rows.append([told, len(own), sum(a for a, _ in said), sum(b for _, b in said)])
    return table(("truth", "cohorts", "helps, short protocol", "helps, full protocol"), rows)


def against_peers(studies: Studies, ours: Studies) -> str:
    """Rows that each score passes, relative to fresh rows, by fault; and ours on the same rows."""
    by_key = peers.passed(list(studies))
    seen = detections(ours)
    rows = []
    for setup, n in dict.fromkeys((s["setup"], s["n"]) for s in studies):
        for fault in (FRESH, *FAULTS):
            if (setup, n, fault, "sdmetrics_quality") not in by_key:
                continue
            told = []
            for score, (_, asked) in peers.SCORES.items():
                as_asked, as_fresh = by_key.get((setup, n, fault, score), ([], []))
                if asked is not None:
                    told.append(str(_rate(not ok for ok in as_asked)))
                told.append(str(_rate(not ok for ok in as_fresh)))
            mine = seen.get((setup, fault, 0.0 if fault == FRESH else 1.0, n), Detection())
            rows.append([setup, n, f"`{fault}`", *told, str(mine.any)])
    heads: list[str] = []
    for title, asked in peers.SCORES.values():
        heads += [f"{title}: below {asked:g}"] if asked is not None else []
        heads.append(f"{title}: below fresh rows")
    return table(("cohort", "n", "rows", *heads, "fewfold: any finding"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) or "-" for cell in line) + " |" for line in lines)


def _rate(hits: Iterable[bool]) -> Rate:
    rate = Rate()
    for hit in hits:
        rate.add(hit)
    return rate


def _said(studies: Studies, n: int | None, verdict: str) -> Rate:
    """Studies in which some method gets the verdict."""
    return _rate(any(v[1] == verdict for v in s["verdicts"]) for s in studies if n in (None, s["n"]))


def _verdict(study: dict[str, Any]) -> str:
    said = [v[1] for v in study["verdicts"]]
    return "helps" if "helps" in said else said[0]


def _effect(studies: Studies) -> float:
    """The mean difference from the control that is hardest to beat on average: the truth, but for simulation error."""
    by_control: dict[str, list[float]] = defaultdict(list)
    for study in studies:
        for against, estimate in study["against"].items():
            by_control[against].append(estimate)
    return float(min(np.mean(estimates) for estimates in by_control.values()))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share in (0.0, 1.0) else f"{100 * share:.1f} %"
