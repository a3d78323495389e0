"""Whether a subgroup or a site pays for what the others gain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fewfold.core.cards import CLASSES
from fewfold.core.seeds import derive
from fewfold.core.types import Bools, Floats
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.schema import Variable
from fewfold.data.units import units
from fewfold.study.contrasts import Scored
from fewfold.study.findings import finding
from fewfold.study.intervals import Sampled, holm, infer, weights
from fewfold.study.outcomes import ArmKey, losses
from fewfold.study.result import Finding, Subgroup
from fewfold.study.settings import Settings

FEWEST = 20  # patients; below this a subgroup is not assessable
FEWEST_PER_CLASS = 5
MARGIN = 0.01  # of the Brier score, of the squared error over the variance, or of Dice


def subgroups(cohort: Cohort, scored: Scored, settings: Settings) -> list[Subgroup]:
    """What each method at each ratio does to each subgroup.

    It is the change of the Brier score (for a continuous target of the squared error over the variance, for survival
    of the integrated Brier score, for a mask of Dice) against no augmentation, averaged over learners; positive where
    the method is better. Intervals as for the primary score; Holm over all of them. A subgroup that is too small says
    so.
    """
    under_test = {m.name for m in settings.methods}
    keys = [key for key in scored.table if key[0] in under_test]
    if ("none", 0.0) not in scored.table:
        return []
    bare = losses(scored.predicted, ("none", 0.0))
    gains = {key: bare - losses(scored.predicted, key) for key in keys}
    rows = []
    for variable, level, members in _groups(cohort, settings):
        reason = _too_small(scored, members)
        rows += [_row(scored, key, gains[key], variable, level, members, reason) for key in keys]
    return _adjusted(rows)


def harmed(rows: list[Subgroup], key: ArmKey, settings: Settings) -> list[Finding]:
    """A finding for each subgroup or site that is shown to be worse off."""
    return [
        finding("FF209" if row.role == "site" else "FF208", _told(row), method=key[0], ratio=key[1])
        for row in rows
        if (row.method, row.ratio) == key
        and row.p_holm is not None
        and row.p_holm < settings.alpha
        and row.estimate is not None
        and row.estimate <= -MARGIN
    ]


def costs(rows: list[Subgroup], key: ArmKey) -> list[str]:
    """Words for each subgroup that may be worse off: too much to speak of a benefit."""
    return [
        _told(row)
        for row in rows
        if (row.method, row.ratio) == key
        and row.estimate is not None
        and row.high is not None
        and row.estimate < -MARGIN
        and row.high < 0
    ]


def _told(row: Subgroup) -> str:
    change = f"{row.estimate:+.3f} ({row.low:+.3f} to {row.high:+.3f})".replace("-", "\N{MINUS SIGN}")
    return f"{row.level} ({row.n} patients) changes by {change} against no augmentation"


def _groups(cohort: Cohort, settings: Settings) -> Iterator[tuple[Variable, str, Bools]]:
    """Each subgroup: its variable, its name, and who is in it among the units of the study."""
    first = np.unique(units(cohort), return_index=True)[1]
    chosen = [cohort.schema[name] for name in settings.subgroups] or [
        v for v in cohort.schema.variables if v.role in ("sensitive", "site")
    ]
    if settings.folds == "each":  # each site that is left out is told of, whatever else was named
        chosen += [v for v in cohort.schema.variables if v.role == "site" and v not in chosen]
    for variable in chosen:
        if variable.role == "site" and cohort.sites is not None:
            values = cohort.table[variable.name].to_numpy()[first]
            for site in dict.fromkeys(sorted(map(str, values))):
                yield variable, f"{variable.name} {site}", np.array([str(v) == site for v in values])
            continue
        x = cohort.matrix[first, cohort.schema.features.index(variable)]
        if variable.discrete:
            for k, level in enumerate(order_of_levels(variable)):
                yield variable, f"{variable.name} {level}", x == k
        elif np.isfinite(x).any():
            middle = float(np.nanmedian(x))
            yield variable, f"{variable.name} below the median", x < middle
            yield variable, f"{variable.name} from the median", x >= middle


def _too_small(scored: Scored, members: Bools) -> str | None:
    n, predicted = int(members.sum()), scored.predicted
    if n < FEWEST:
        return f"not assessable: {n} patients; at least {FEWEST} are needed"
    if predicted.task in CLASSES:
        counts = np.bincount(predicted.y[members].astype(np.int64), minlength=predicted.classes)
        if counts.min() < FEWEST_PER_CLASS:
            return f"not assessable: {counts.min()} patients in a class; at least {FEWEST_PER_CLASS} are needed"
    if predicted.task == "survival" and (events := int((predicted.y[members] > 0).sum())) < FEWEST_PER_CLASS:
        return f"not assessable: {events} patients with the event; at least {FEWEST_PER_CLASS} are needed"
    return None


def _row(
    scored: Scored, key: ArmKey, gain: Floats, variable: Variable, level: str, members: Bools, reason: str | None
) -> Subgroup:
    about = {"variable": variable.name, "role": variable.role, "level": level, "n": int(members.sum())}
    about |= {"method": key[0], "ratio": key[1], "reason": reason}
    if reason is not None:
        return Subgroup.model_validate(about)
    predicted, freedom = scored.predicted, scored.predicted.freedom
    if _within_one(scored, members):  # one site, drawn by its patients
        freedom = float(members.sum() - 1)
    seen = infer(_sampled(scored, gain, members), predicted.test_per_train, freedom=freedom)
    if not np.isfinite([seen.estimate, seen.low, seen.high, seen.p]).all():
        return Subgroup.model_validate({**about, "reason": "no finite value on these splits"})
    return Subgroup.model_validate(
        {**about, "estimate": seen.estimate, "low": seen.low, "high": seen.high, "p_holm": seen.p}
    )


def _sampled(scored: Scored, gain: Floats, members: Bools) -> Sampled:
    """The mean gain of the members, on each test fold and on bootstrap samples of patients."""
    predicted = scored.predicted
    folds = []
    for r, rows in predicted.tests:
        inside = rows[members[rows]]
        folds.append(gain[r, inside].mean() if len(inside) else np.nan)
    estimate = float(gain[:, members].mean())
    counts = predicted.counts[:, members]
    if _within_one(scored, members):
        counts = weights(int(members.sum()), derive(predicted.seed, "site"))
    there = counts.sum(axis=1)
    drawn = np.divide(counts @ gain[:, members].mean(axis=0), there, out=np.full(len(there), np.nan), where=there > 0)
    return Sampled(estimate, np.array(folds), drawn - estimate)


def _within_one(scored: Scored, members: Bools) -> bool:
    """Whether all members are in one cluster of the bootstrap: a site, where sites are split. Drawn whole it would not
    vary, and any change in it would be taken for certain."""
    return len(np.unique(scored.predicted.clusters[members])) == 1


def _adjusted(rows: list[Subgroup]) -> list[Subgroup]:
    known = [i for i, row in enumerate(rows) if row.p_holm is not None]
    if known:
        for i, p in zip(known, holm(np.array([rows[i].p_holm for i in known])), strict=True):
            rows[i] = rows[i].model_copy(update={"p_holm": float(p)})
    return rows
