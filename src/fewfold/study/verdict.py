"""The verdict: criteria written down before the run, applied in order.

1. *not estimable*: the cohort is too small, or the method refused a training set.
2. *blocked*: hard rules are broken more often than in real rows, a method that is not marked for internal training
   only copies training patients, or a privacy finding closes the release that the protocol intends.
3. *harms*: a guarded score is worse than with no augmentation (Holm-adjusted) by more than its margin, in all patients,
   or in a subgroup or site. A slope or intercept is no harm where the log-loss, which counts what it costs, is better.
4. *helps*: the primary score beats every control (Holm-adjusted) by at least the smallest effect, and no guarded score
   is worse than with no augmentation by more than its margin with an interval clear of zero, or cannot be read; a slope
   or an intercept is no cost where the log-loss is better with an interval clear of zero. A control that could not be
   compared has not been beaten.
5. *no evidence*: anything else. The reason says whether the interval rules out a gain worth having.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fewfold.core.cards import MethodCard
from fewfold.metrics.utility.scores import SCORES
from fewfold.study.arms import called, card_of, ratios_of
from fewfold.study.calibration import outweighed
from fewfold.study.contrasts import ALL, benefit, guarded, missing_controls
from fewfold.study.findings import finding
from fewfold.study.measures import card_of_metric
from fewfold.study.numbers import written
from fewfold.study.outcomes import ArmKey
from fewfold.study.release import gates, privacy_unknown
from fewfold.study.result import Call, Contrast, Finding, MetricRow, Primary, Subgroup, Verdict
from fewfold.study.settings import Settings
from fewfold.study.subgroups import costs, harmed

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
    subgroups: list[Subgroup] = field(default_factory=list)


def verdicts(evidence: Evidence) -> tuple[list[Verdict], list[Finding]]:
    """One verdict for each method under test at each ratio, and the findings that led there."""
    best = benefit(evidence.contrasts, evidence.settings)
    given: list[Verdict] = []
    found: list[Finding] = []
    for spec in evidence.settings.methods:
        card = card_of(spec)
        shared = _about_rows(evidence, spec.name, card.release)
        shared += privacy_unknown(spec.name, evidence.validity, evidence.settings)
        found += shared
        for ratio in ratios_of(spec, evidence.settings):
            key = (spec.name, ratio)
            if key not in best:
                reason = evidence.absent.get(spec.name, "it could not be run")
                own = [finding("FF603", reason, method=spec.name, ratio=ratio)]
                given.append(_verdict(key, "not_estimable", f"Not estimable: {reason}.", None, own, evidence.settings))
            else:
                call, reason, own = _judge(key, best[key], evidence, shared, card)
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


def _judge(
    key: ArmKey, best: Contrast, evidence: Evidence, shared: list[Finding], card: MethodCard
) -> tuple[Call, str, list[Finding]]:
    settings = evidence.settings
    effect, alpha = settings.smallest_effect or 0.0, settings.alpha
    own = [*_disagreement(key, evidence), *_recalibrate(key, evidence)]
    closed = gates(shared, card, settings)
    if closed:
        return "blocked", f"Blocked: {closed[0].title.lower()} ({closed[0].detail}).", own
    harm = _harms(key, evidence) + harmed(evidence.subgroups, key, settings)
    if harm:
        return "harms", f"Harms: {harm[0].detail}.", [*harm, *own]
    missing = _missing(key, evidence)
    if missing:
        reason = f"No evidence of benefit: {missing[0].detail}, so that it is not known to be beaten."
        return "no_evidence", reason, [*missing, *_as_good_as_a_control(key, best, evidence), *own]
    if best.p_holm is not None and best.p_holm < alpha and best.estimate >= effect:
        unknown = _unknown(key, evidence)
        if unknown:
            return "no_evidence", f"No evidence of benefit: a gain, but {unknown[0].detail}.", [*unknown, *own]
        cost = _costs(key, evidence)
        if cost:
            return "no_evidence", f"No evidence of benefit: a gain with a cost, {cost[0].detail}.", [*cost, *own]
        told = f"{_title(best)} is better by {_signed(best)} than with the best control, {_control(best, settings)}"
        gain = finding("FF201", told, method=key[0], ratio=key[1])
        return "helps", f"Helps: {told}.", [gain, *own]
    return "no_evidence", _nothing(best, settings), [*_as_good_as_a_control(key, best, evidence), *own]


def _nothing(best: Contrast, settings: Settings) -> str:
    effect = settings.smallest_effect or 0.0
    told = f"{_title(best)} differs by {_signed(best)} from the best control, {_control(best, settings)}"
    if best.high < effect and best.low > -effect:
        return f"No evidence of benefit: {told}; the interval rules out a difference of {effect:g} or more."
    if best.high < effect:
        return f"No evidence of benefit: {told}; the interval rules out a gain of {effect:g} or more."
    return f"No evidence: {told}; a gain of {effect:g} can be neither shown nor ruled out at this n."


def _control(row: Contrast, settings: Settings) -> str:
    return next(called(arm) for arm in settings.controls if arm.name == row.against)


def _signed(row: Contrast) -> str:
    return f"{written(row.estimate, '+.3f')} ({written(row.low, '+.3f')} to {written(row.high, '+.3f')})"


def _title(row: Contrast) -> str:
    return SCORES[row.metric].title


def _against_none(key: ArmKey, evidence: Evidence) -> list[Contrast]:
    return [
        row
        for row in evidence.contrasts
        if (row.method, row.ratio) == key and row.against == "none" and row.learner == ALL
    ]


def _guards(key: ArmKey, evidence: Evidence) -> list[tuple[Contrast, float]]:
    margins = guarded(evidence.settings, evidence.task)
    return [(row, margins[row.metric]) for row in _against_none(key, evidence) if row.metric in margins]


def _outweighed(metric: str, key: ArmKey, evidence: Evidence, *, shown: bool) -> Contrast | None:
    return outweighed(metric, _against_none(key, evidence), evidence.task, shown=shown)


def _lost(row: Contrast, margin: float) -> bool:
    """Whether a guarded score is worse by more than its margin, with an interval clear of zero."""
    return row.estimate < -margin and row.high < 0


def _recalibrate(key: ArmKey, evidence: Evidence) -> list[Finding]:
    found = []
    for row, margin in _guards(key, evidence):
        whole = _outweighed(row.metric, key, evidence, shown=False)
        if whole and _lost(row, margin):
            told = f"{_title(row)} {_signed(row)} against no augmentation, and {_title(whole)} {_signed(whole)}"
            found.append(finding("FF212", told, method=key[0], ratio=key[1]))
    return found


def _harms(key: ArmKey, evidence: Evidence) -> list[Finding]:
    found = []
    for row, margin in _guards(key, evidence):
        if _outweighed(row.metric, key, evidence, shown=False):
            continue
        if row.p_holm is not None and row.p_holm < evidence.settings.alpha and row.estimate <= -margin:
            code = "FF202" if row.metric == evidence.settings.primary else "FF203"
            told = f"{_title(row)} is worse than without augmentation, by {_signed(row)}"
            found.append(finding(code, told, method=key[0], ratio=key[1]))
    return found


def _missing(key: ArmKey, evidence: Evidence) -> list[Finding]:
    """A finding for each control of the protocol that the method could not be compared with."""
    rows = [row for row in evidence.contrasts if (row.method, row.ratio) == key]
    found = []
    for control in missing_controls(rows, evidence.settings):
        why = evidence.absent.get(control.name, "the difference has no finite value")
        told = f"the control {called(control)} could not be compared ({why})"
        found.append(finding("FF211", told, method=key[0], ratio=key[1]))
    return found


def _unknown(key: ArmKey, evidence: Evidence) -> list[Finding]:
    read = {row.metric for row in _against_none(key, evidence)}
    absent = [
        name
        for name in guarded(evidence.settings, evidence.task)
        if name not in read and not _outweighed(name, key, evidence, shown=True)
    ]
    if not absent:
        return []
    told = f"{', '.join(SCORES[name].title for name in absent)} could not be compared with no augmentation"
    return [finding("FF207", told, method=key[0], ratio=key[1])]


def _costs(key: ArmKey, evidence: Evidence) -> list[Finding]:
    told = costs(evidence.subgroups, key)
    return [finding("FF205", words, method=key[0], ratio=key[1]) for words in told] + [
        finding("FF205", f"{_title(row)} {_signed(row)} against no augmentation", method=key[0], ratio=key[1])
        for row, margin in _guards(key, evidence)
        if row.metric != evidence.settings.primary
        and _lost(row, margin)
        and not _outweighed(row.metric, key, evidence, shown=True)
    ]


def _as_good_as_a_control(key: ArmKey, best: Contrast, evidence: Evidence) -> list[Finding]:
    over_none = [row for row in _against_none(key, evidence) if row.metric == evidence.settings.primary]
    if not over_none or over_none[0].low <= 0 or best.against == "none":
        return []
    control = _control(best, evidence.settings)
    told = f"{_title(best)} {_signed(over_none[0])} against no augmentation, but {_signed(best)} against {control}"
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


def _about_rows(evidence: Evidence, name: str, release: str) -> list[Finding]:
    """Findings about the synthetic rows themselves: a metric lies beyond what real data show."""
    found = []
    if release == "internal":
        found.append(finding("FF303", f"{name} is marked for internal training only", method=name))
    for row in evidence.validity:
        if row.method == name and row.outside and row.null is not None and not _void(row):
            null = f"{written(row.null.low)} to {written(row.null.high)}"
            said = f"{card_of_metric(row.name).title} {written(row.value or 0.0)}; two real samples give {null}"
            found.append(finding(card_of_metric(row.name).finding, said, method=name))
    return found


def _void(row: MetricRow) -> bool:
    """Whether a reading says nothing: a share too small to matter, or equal rows where real patients equal each other
    too."""
    code, value = card_of_metric(row.name).finding, row.value or 0.0
    few = code in ("FF301", "FF401", "FF407") and value <= NEGLIGIBLE
    return few or (code == "FF301" and row.null is not None and row.null.high > DISTINCTIVE)
