"""How far to expand: the recommended stop of each dose-response curve, zero included."""

from __future__ import annotations

from scipy import stats

from fewfold.study.result import Stop, Verdict

SHOWN_OR_UNKNOWN = frozenset({"harms", "blocked", "not_estimable"})
WIDTH = 2 * float(stats.norm.ppf(0.975))  # of a 95 % interval, in standard errors


def stops(given: list[Verdict]) -> list[Stop]:
    """For each method the ratio to stop at.

    It is 0 unless a ratio helps. Where several do, it is the smallest whose gain is within one standard error of the
    largest one (Breiman et al. 1984, Classification and regression trees, section 3.4.3). The verdicts are adjusted
    over the ratios already, so that nothing is picked on the test folds.
    """
    return [_stop(name, [v for v in given if v.method == name]) for name in dict.fromkeys(v.method for v in given)]


def _stop(name: str, curve: list[Verdict]) -> Stop:
    curve = sorted(curve, key=lambda v: v.ratio)
    unharmed = 0.0
    for verdict in curve:
        if verdict.verdict in SHOWN_OR_UNKNOWN:
            break
        unharmed = verdict.ratio
    helping = [v for v in curve if v.verdict == "helps"]
    if not helping:
        return Stop(method=name, recommended=0.0, no_harm_up_to=unharmed, reason="no ratio is shown to help")
    best = max(helping, key=_gain)
    enough = [v for v in helping if _gain(v) >= _gain(best) - _standard_error(best)]
    chosen = enough[0].ratio
    reason = "the only ratio that helps" if len(helping) == 1 else "the smallest ratio near the largest gain"
    return Stop(method=name, recommended=chosen, no_harm_up_to=unharmed, reason=reason)


def _gain(verdict: Verdict) -> float:
    return verdict.primary.estimate or 0.0


def _standard_error(verdict: Verdict) -> float:
    low, high = verdict.primary.low, verdict.primary.high
    return 0.0 if low is None or high is None else (high - low) / WIDTH
