"""The verdict: criteria written down before the run, applied in order.

1. *not estimable*: the cohort is too small, or the method refused a training set.
2. *blocked*: hard rules are broken more often than in real rows, or a method that is not marked for internal training
   only copies training patients.
3. *harms*: a guarded score is worse than with no augmentation (Holm-adjusted) by more than its margin.
4. *helps*: the primary score beats every control (Holm-adjusted) by at least the smallest effect, and no guarded score
   is worse than with no augmentation by more than its margin with an interval clear of zero, or cannot be read.
5. *no evidence*: anything else. The reason says whether the interval rules out a gain worth having.
"""

from __future__ import annotations

from dataclasses import dataclass

from fewfold.metrics.utility.scores import SCORES
from fewfold.study.arms import card_of
from fewfold.study.contrasts import ALL, benefit, guarded
from fewfold.study.findings import finding
from fewfold.study.outcomes import ArmKey
from fewfold.study.result import Call, Contrast, Finding, MetricRow, Primary, Verdict
from fewfold.study.settings import Settings

NEGLIGIBLE = 0.01  # share of copies or impossible rows that never blocks
DISTINCTIVE = 0.05  # share of fresh patients that equal a training one, above which equal rows say nothing


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that a verdict may look at."""

    settings: Settings
    task: str
    contrasts: list[Contrast]
    validity: list[MetricRow]
    absent: dict[str, str]


def verdicts(evidence: Evidence) -> tuple[list[Verdict], list[Finding]]:
    """One verdict for each method under test at each ratio, and the findings that led there."""
    best = benefit(evidence.contrasts, evidence.settings)
    given: list[Verdict] = []
    found: list[Finding] = []
    for spec in evidence.settings.methods:
        shared = _about_rows(evidence, spec.name, card_of(spec).release)
        found += shared
        for ratio in evidence.settings.ratios:
            key = (spec.name, ratio)
            if key not in best:
                reason = evidence.absent.get(spec.name, "it could not be run")
                own = [finding("FF603", reason, method=spec.name, ratio=ratio)]
                given.append(_verdict(key, "not_estimable", f"Not estimable: {reason}.", None, own, evidence.settings))
            else:
                call, reason, own = _judge(key, best[key], evidence, shared)
                given.append(_verdict(key, call, reason, best[key], [*own, *shared], evidence.settings))
            found += own
    return given, found


def _verdict(
    key: ArmKey, call: Call, reason: str, row: Contrast | None, found: list[Finding], settings: Settings
) -> Verdict:
    primary = Primary(metric=settings.primary, estimate=None, low=None, high=None, against=None)
    if row is not None:
        primary = Primary(
            metric=row.metric, estimate=row.estimate, low=row.low, high=row.high, against=row.against, p=row.p_holm
        )
    codes = sorted({f.code for f in found})
    return Verdict(method=key[0], ratio=key[1], verdict=call, reason=reason, primary=primary, findings=codes)


def _judge(key: ArmKey, best: Contrast, evidence: Evidence, shared: list[Finding]) -> tuple[Call, str, list[Finding]]:
    settings = evidence.settings
    effect, alpha = settings.smallest_effect or 0.0, settings.alpha
    internal = any(f.code == "FF303" for f in shared)  # never to be released, so that copies are no release
    gates = [f for f in shared if f.code == "FF401" or (f.code == "FF301" and not internal)]
    own = _disagreement(key, evidence)
    if gates:
        return "blocked", f"Blocked: {gates[0].title.lower()} ({gates[0].detail}).", own
    harm = _harms(key, evidence)
    if harm:
        return "harms", f"Harms: {harm[0].detail}.", [*harm, *own]
    if best.p_holm is not None and best.p_holm < alpha and best.estimate >= effect:
        unknown = _unknown(key, evidence)
        if unknown:
            return "no_evidence", f"No evidence of benefit: a gain, but {unknown[0].detail}.", [*unknown, *own]
        cost = _costs(key, evidence)
        if cost:
            return "no_evidence", f"No evidence of benefit: a gain with a cost, {cost[0].detail}.", [*cost, *own]
        told = f"{_title(best)} is better by {_signed(best)} than with the best control, {best.against}"
        gain = finding("FF201", told, method=key[0], ratio=key[1])
        return "helps", f"Helps: {told}.", [gain, *own]
    return "no_evidence", _nothing(best, effect), [*_as_good_as_a_control(key, best, evidence), *own]


def _nothing(best: Contrast, effect: float) -> str:
    told = f"{_title(best)} differs by {_signed(best)} from the best control, {best.against}"
    if best.high < effect and best.low > -effect:
        return f"No evidence of benefit: {told}; a difference of {effect:g} or more is ruled out."
    if best.high < effect:
        return f"No evidence of benefit: {told}; a gain of {effect:g} or more is ruled out."
    return f"No evidence: {told}; a gain of {effect:g} can be neither shown nor ruled out at this n."


def _signed(row: Contrast) -> str:
    return f"{row.estimate:+.3f} ({row.low:+.3f} to {row.high:+.3f})".replace("-", "\N{MINUS SIGN}")


def _title(row: Contrast) -> str:
    return SCORES[row.metric].title


def _against_none(key: ArmKey, evidence: Evidence) -> list[tuple[Contrast, float]]:
    margins = guarded(evidence.settings, evidence.task)
    return [
        (row, margins[row.metric])
        for row in evidence.contrasts
        if (row.method, row.ratio) == key and row.against == "none" and row.learner == ALL and row.metric in margins
    ]


def _harms(key: ArmKey, evidence: Evidence) -> list[Finding]:
    found = []
    for row, margin in _against_none(key, evidence):
        if row.p_holm is not None and row.p_holm < evidence.settings.alpha and row.estimate <= -margin:
            code = "FF202" if row.metric == evidence.settings.primary else "FF203"
            told = f"{_title(row)} is worse than without augmentation, by {_signed(row)}"
            found.append(finding(code, told, method=key[0], ratio=key[1]))
    return found


def _unknown(key: ArmKey, evidence: Evidence) -> list[Finding]:
    read = {row.metric for row, _ in _against_none(key, evidence)}
    absent = [name for name in guarded(evidence.settings, evidence.task) if name not in read]
    if not absent:
        return []
    told = f"{', '.join(SCORES[name].title for name in absent)} could not be compared with no augmentation"
    return [finding("FF207", told, method=key[0], ratio=key[1])]


def _costs(key: ArmKey, evidence: Evidence) -> list[Finding]:
    return [
        finding("FF205", f"{_title(row)} {_signed(row)} against no augmentation", method=key[0], ratio=key[1])
        for row, margin in _against_none(key, evidence)
        if row.metric != evidence.settings.primary and row.estimate < -margin and row.high < 0
    ]


def _as_good_as_a_control(key: ArmKey, best: Contrast, evidence: Evidence) -> list[Finding]:
    over_none = [row for row, _ in _against_none(key, evidence) if row.metric == evidence.settings.primary]
    if not over_none or over_none[0].low <= 0 or best.against == "none":
        return []
    told = f"{_title(best)} {_signed(over_none[0])} against none, but {_signed(best)} against {best.against}"
    return [finding("FF204", told, method=key[0], ratio=key[1])]


def _disagreement(key: ArmKey, evidence: Evidence) -> list[Finding]:
    rows = [
        row
        for row in evidence.contrasts
        if (row.method, row.ratio) == key
        and row.against == "none"
        and row.learner != ALL
        and row.metric == evidence.settings.primary
    ]
    if not (any(r.low > 0 for r in rows) and any(r.high < 0 for r in rows)):
        return []
    told = "; ".join(f"{r.learner} {_signed(r)}" for r in rows)
    return [finding("FF206", told, method=key[0], ratio=key[1])]


# metric name -> code, and whether a value above ("high") or below ("low") the null range is the finding
_READINGS = {
    "exact_copies": ("FF301", "high"),
    "near_copies": ("FF302", "high"),
    "rule_violations": ("FF401", "high"),
    "ks": ("FF501", "high"),
    "tvd": ("FF501", "high"),
    "wasserstein": ("FF501", "high"),
    "association": ("FF502", "high"),
    "c2st": ("FF503", "high"),
    "mmd": ("FF501", "high"),
    "coverage": ("FF504", "low"),
    "missingness": ("FF505", "high"),
}


def _about_rows(evidence: Evidence, name: str, release: str) -> list[Finding]:
    """Findings about the synthetic rows themselves: the median over half-splits lies outside the null range."""
    found = []
    if release == "internal":
        found.append(finding("FF303", f"{name} is marked for internal training only", method=name))
    for row in evidence.validity:
        if row.method != name or row.value is None or row.null is None or row.name not in _READINGS:
            continue
        code, side = _READINGS[row.name]
        outside = row.value > row.null.high if side == "high" else row.value < row.null.low
        if code in ("FF301", "FF401"):
            outside = outside and row.value > NEGLIGIBLE
        if code == "FF301":
            outside = outside and row.null.high <= DISTINCTIVE
        if outside:
            told = f"{row.name} {row.value:.3f}; two real samples give {row.null.low:.3f} to {row.null.high:.3f}"
            found.append(finding(code, told, method=name))
    return found
