"""Faults of synthetic data, planted on purpose, to see whether they are found.

Each fault takes rows that are as good as real ones, fresh patients from the same world, and spoils them in one way.
Strength 1 is the form that must be found, 0.5 half of it, and 0 leaves the rows as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.seeds import Rng, as_rng, seed_of
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort, table_from
from fewfold.data.provenance import Provenance, Record
from fewfold.data.rules import violations
from fewfold.data.schema import Variable

Fresh = Cohort | Callable[[int, Rng], Cohort]

COPIED = 0.2  # of the patients
MOVED = 0.01  # SD
FLIPPED = 0.4  # of the labels
ERASED = 0.25  # share of the subgroup that goes
IMPOSSIBLE = 0.1  # of the rows
FINGERPRINT = 2.0  # SD
OFFSET, OFFSET_FEATURES = 1.5, 0.2  # SD, share of the features
KEPT_SPREAD = 0.5  # of an SD
TINY = 1e-9  # an SD below which a column is constant
MOST_DRAWS = 64  # times as many patients as wanted, after which those who are left are too few


@dataclass(frozen=True, eq=False)
class Scene:
    """What a fault may use. ``draw``: fresh patients, as many as asked for; ``n``: how many are wanted."""

    train: Cohort
    draw: Callable[[int], Cohort]
    n: int
    strength: float
    rng: Rng

    def rows(self) -> Cohort:
        """``n`` fresh patients."""
        return self.draw(self.n)

    def some(self, cohort: Cohort, share: float) -> Bools:
        """(n,) the rows of a random ``share`` of the patients, or of ``strength`` times as many."""
        patients = np.unique(cohort.subjects)
        picked = self.rng.permutation(patients)[: round(share * self.strength * len(patients))]
        return np.isin(cohort.subjects, picked)


@dataclass(frozen=True)
class Fault:
    """A fault with its name, what strength 1 means, and the function that plants it."""

    name: str
    strong: str
    plant: Callable[[Scene], Cohort]


def plant(name: str, train: Cohort, fresh: Fresh, n: int, *, strength: float = 1.0, rng: int | Rng) -> Cohort:
    """``n`` patients that look made, spoilt by the fault called ``name`` and marked as synthetic.

    ``train``: what the rows are to be judged against. ``fresh``: a function that draws so many new patients of the same
    world, or a cohort of real patients who are in no other part. Of a cohort every patient is used once before any is
    used again: with more patients asked for than it holds, rows repeat. Repeats are of fresh patients and do not count
    as copies of training ones, but they carry no more information than the patients behind them, so that what is read
    as "fresh" scatters more and covers less than so many different patients would. Judge false alarms with ``n`` at
    most the number of fresh patients.

    Raises ``NotApplicable`` where the cohort has nothing that the fault could spoil (no visits, no follow-up, no rule,
    no number), or would leave nobody, ``BadInput`` for an unknown name or a strength outside 0 to 1.
    """
    if name not in FAULTS:
        raise BadInput(expected=f"a fault: {', '.join(FAULTS)}", found=repr(name), fix="Choose one of them.")
    if not 0 <= strength <= 1:
        raise BadInput(expected="a strength from 0 to 1", found=f"{strength:g}", fix="Use 1 for the strong form.")
    generator = as_rng(rng)
    scene = Scene(train, lambda k: _drawn(fresh, k, generator), n, strength, generator)
    return _marked(FAULTS[name].plant(scene), name, strength)


def fresh_rows(fresh: Fresh, n: int, *, rng: int | Rng) -> Cohort:
    """``n`` fresh patients, marked as synthetic and spoilt in no way: what must raise no alarm."""
    return _marked(_drawn(fresh, n, as_rng(rng)), "fresh", 0.0)


def _memoriser(scene: Scene) -> Cohort:
    rows = scene.rows()
    return _copied(scene, rows, scene.some(rows, 1.0))


def _exact_copies(scene: Scene) -> Cohort:
    rows = scene.rows()
    return _copied(scene, rows, scene.some(rows, COPIED))


def _near_copies(scene: Scene) -> Cohort:
    rows = scene.rows()
    chosen = scene.some(rows, COPIED)
    copied = _copied(scene, rows, chosen)
    numbers = _numbers(rows, target=True)
    moves = np.zeros(rows.modelled.shape)
    moves[:, numbers] = scene.rng.normal(size=(len(rows), len(numbers))) * MOVED * _spread(scene.train)[numbers]
    moves[~chosen] = 0.0
    return _edited(copied, copied.modelled + moves)


def _mode_collapse(scene: Scene) -> Cohort:
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import QuantileTransformer

    x = scene.train.matrix  # normal scores, so that the clusters are no handfuls of extreme laboratory values
    margins = QuantileTransformer(n_quantiles=len(x), output_distribution="normal").fit(x)
    spread = np.nanstd(margins.transform(x), axis=0)
    scale = np.where(spread > TINY, spread, 1.0)

    def standard(values: Floats) -> Floats:
        scores: Floats = np.nan_to_num(margins.transform(values) / scale)
        return scores

    groups = KMeans(3, n_init=5, random_state=seed_of(scene.rng)).fit(standard(x))
    lost = np.argsort(np.bincount(groups.labels_, minlength=3))[1]  # the smallest can be a handful of odd patients
    return _thinned(scene, lambda rows: groups.predict(standard(rows.matrix)) == lost)


def _label_noise(scene: Scene) -> Cohort:
    rows = scene.rows()
    chosen, values = scene.some(rows, FLIPPED), rows.modelled.copy()
    target = rows.schema.target
    if target is None:
        raise NotApplicable("there is no target to flip")
    if target.discrete:
        classes = len(target.levels or ())
        step = scene.rng.integers(1, classes, size=len(rows))[rows.subjects]  # one for each patient
        values[chosen, -1] = (values[chosen, -1] + step[chosen]) % classes
    else:
        values[chosen, -1] = scene.rng.permutation(values[chosen, -1])
    return _edited(rows, values)


def _broken_dependence(scene: Scene) -> Cohort:
    rows = scene.rows()
    chosen, values = np.flatnonzero(scene.some(rows, 1.0)), rows.modelled.copy()
    for j in range(values.shape[1]):
        values[chosen, j] = values[scene.rng.permutation(chosen), j]
    return _edited(rows, values)


def _shrunken_variance(scene: Scene) -> Cohort:
    rows = scene.rows()
    numbers, values = _numbers(rows), rows.modelled.copy()
    centre = np.nanmean(values[:, numbers], axis=0)
    kept = 1 - (1 - KEPT_SPREAD) * scene.strength
    values[:, numbers] = centre + kept * (values[:, numbers] - centre)
    return _edited(rows, values)


def _erased_subgroup(scene: Scene) -> Cohort:
    column, level = _subgroup(scene.train)
    if level is None:
        edge = np.nanquantile(scene.train.matrix[:, column], 1 - ERASED)
        return _thinned(scene, lambda rows: rows.matrix[:, column] > edge)
    return _thinned(scene, lambda rows: rows.matrix[:, column] == level)


def _source_shortcut(scene: Scene) -> Cohort:
    rows = scene.rows()
    values, y = rows.modelled.copy(), rows.y
    one = scene.rng.choice(_numbers(rows))
    target = rows.schema.target
    in_class = y == np.nanmax(y) if target is not None and target.discrete else y > np.nanmedian(y)
    values[in_class, one] += FINGERPRINT * scene.strength * _spread(scene.train)[one]
    return _edited(rows, values)


def _implausible_values(scene: Scene) -> Cohort:
    rows = scene.rows()
    chosen = np.isin(
        np.arange(len(rows)), scene.rng.permutation(len(rows))[: round(IMPOSSIBLE * scene.strength * len(rows))]
    )
    broken = _breaking(rows, _spread(scene.train))
    return replace(rows, table=rows.table.assign(**{c: np.where(chosen, x, rows.table[c]) for c, x in broken.items()}))


def _scrambled_time(scene: Scene) -> Cohort:
    rows = scene.rows()
    if rows.schema.role("visit_time") is None or rows.n_subjects == len(rows):
        raise NotApplicable("there are no visits to shuffle")
    chosen, order = scene.some(rows, 1.0), np.arange(len(rows))
    for patient in np.unique(rows.subjects[chosen]):
        own = np.flatnonzero(rows.subjects == patient)
        order[own] = scene.rng.permutation(own)
    return _edited(rows, rows.modelled[order])


def _broken_censoring(scene: Scene) -> Cohort:
    rows = scene.rows()
    event = rows.schema.role("event")
    if event is None or rows.schema.role("event_time") is None:
        raise NotApplicable("there is no time to an event")
    column = rows.table[event.name]
    happened = (event.levels or (0, 1))[-1]
    return rows.with_column(event.name, column.mask(scene.some(rows, 1.0), happened))


def _batch_effect(scene: Scene) -> Cohort:
    rows = scene.rows()
    numbers, values = _numbers(rows), rows.modelled.copy()
    chosen = scene.rng.permutation(numbers)[: max(1, round(OFFSET_FEATURES * len(numbers)))]
    values[:, chosen] += OFFSET * scene.strength * _spread(scene.train)[chosen]
    return _edited(rows, values)


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("memoriser", "every row is a training row", _memoriser),
        Fault("exact_copies", "20 % of the patients are copies of training patients", _exact_copies),
        Fault("near_copies", "20 % are copies in which each number is moved by 1 % of an SD", _near_copies),
        Fault("mode_collapse", "one of three clusters is missing", _mode_collapse),
        Fault("label_noise", "40 % of the labels are changed", _label_noise),
        Fault("broken_dependence", "each column is shuffled on its own", _broken_dependence),
        Fault("shrunken_variance", "the SD of every number is halved", _shrunken_variance),
        Fault("erased_subgroup", "a subgroup of about 25 % is missing", _erased_subgroup),
        Fault("source_shortcut", "one number is shifted by 2 SD in one class", _source_shortcut),
        Fault("implausible_values", "10 % of the rows break a declared rule or limit", _implausible_values),
        Fault("scrambled_time", "visits are shuffled within each patient", _scrambled_time),
        Fault("broken_censoring", "every end of follow-up is called an event", _broken_censoring),
        Fault("batch_effect", "20 % of the numbers are shifted by 1.5 SD", _batch_effect),
    )
}


def _drawn(fresh: Fresh, n: int, rng: Rng) -> Cohort:
    """``n`` fresh patients; each row of a table without patients is one."""
    if not isinstance(fresh, Cohort):
        return fresh(n, rng)
    rows_of = _rows_of(fresh)
    rounds = [rng.permutation(len(rows_of)) for _ in range(-(-n // len(rows_of)))]
    return _taken(fresh, [rows_of[k] for k in np.concatenate(rounds)[:n]])


def _rows_of(cohort: Cohort) -> list[Ints]:
    """The rows of each patient."""
    order = np.argsort(cohort.subjects, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(cohort.subjects[order])) + 1)


def _taken(cohort: Cohort, patients: list[Ints]) -> Cohort:
    """Patients, each by its rows, as patients of their own."""
    table = cohort.table.iloc[np.concatenate(patients)].reset_index(drop=True)
    subject = cohort.schema.role("subject")
    if subject is not None:
        table[subject.name] = np.repeat(np.arange(len(patients)) + 1, [len(rows) for rows in patients])
    return Cohort.real(table, cohort.schema)


def _marked(rows: Cohort, name: str, strength: float) -> Cohort:
    table = rows.table.reset_index(drop=True)
    subject = rows.schema.role("subject")
    if subject is not None:
        table[subject.name] = [f"synthetic-{code + 1:07d}" for code in rows.subjects]
    record = Record(f"fault:{name}", "1", {"strength": strength})
    return Cohort(table, rows.schema, Provenance.synthetic(len(rows), record))


def _copied(scene: Scene, rows: Cohort, chosen: Bools) -> Cohort:
    """``rows`` in which the chosen patients are replaced by training patients, each of those used equally often."""
    donors = _rows_of(scene.train)
    dealt = np.concatenate([scene.rng.permutation(len(donors)) for _ in range(len(rows) // len(donors) + 1)])
    patients = [
        donors[dealt[k]] + len(rows) if chosen[own[0]] else own for k, own in enumerate(_rows_of(rows))
    ]  # training rows stand behind the fresh ones
    both = Cohort.concat([rows, Cohort.real(scene.train.table, rows.schema)])
    return _taken(both, patients)


def _thinned(scene: Scene, lost: Callable[[Cohort], Bools]) -> Cohort:
    """``n`` patients of whom those that are ``lost`` are passed over, with a chance of ``strength`` each."""
    factor = 2
    while factor <= MOST_DRAWS:
        rows = scene.draw(factor * scene.n)
        gone = lost(rows) & (scene.rng.random(len(rows)) < scene.strength)
        kept = [own for own in _rows_of(rows) if not gone[own[0]]]
        if len(kept) >= scene.n:
            return _taken(rows, kept[: scene.n])
        factor *= 2
    raise NotApplicable("almost all patients would be missing")


def _numbers(cohort: Cohort, *, target: bool = False) -> Ints:
    """Positions in ``modelled`` of the features (and the target) that are numbers."""
    variables = cohort.schema.modelled if target else cohort.schema.features
    found = np.array([j for j, v in enumerate(variables) if v.numeric], dtype=np.int64)
    if not len(found):
        raise NotApplicable("there is no numeric feature")
    return found


def _spread(cohort: Cohort) -> Floats:
    """(features + target,) standard deviations."""
    spread: Floats = np.nanstd(cohort.modelled, axis=0)
    return spread


def _edited(cohort: Cohort, values: Floats) -> Cohort:
    """The cohort with new values, whole where they have to be and inside the declared limits."""
    variables = cohort.schema.modelled
    columns = [_as_declared(values[:, j], variable) for j, variable in enumerate(variables)]
    return replace(cohort, table=cohort.table.assign(**table_from(np.stack(columns, axis=1), variables)))


def _as_declared(values: Floats, variable: Variable) -> Floats:
    if not variable.numeric:
        return values
    whole = np.round(values) if variable.kind == "integer" else values
    clipped: Floats = np.clip(whole, variable.low, variable.high) if _limited(variable) else whole
    return clipped


def _limited(variable: Variable) -> bool:
    return variable.low is not None or variable.high is not None


def _subgroup(cohort: Cohort) -> tuple[int, float | None]:
    """A feature and one of its levels that about 25 % of the rows have; without such a level, a number."""
    found = []
    for j, variable in enumerate(cohort.schema.features):
        if variable.discrete:
            known = cohort.matrix[~np.isnan(cohort.matrix[:, j]), j]
            shares = np.bincount(known.astype(np.int64), minlength=len(variable.levels or ())) / max(len(cohort), 1)
            found += [(abs(share - ERASED), j, float(code)) for code, share in enumerate(shares)]
    best = min(found, default=(1.0, 0, 0.0))
    if best[0] > 0.1:
        return int(_numbers(cohort)[0]), None
    return best[1], best[2]


def _breaking(rows: Cohort, spread: Floats) -> dict[str, Floats]:
    """New values of columns with which rows break a rule between two numbers, or else a limit."""
    for rule in rows.schema.rules:
        named = [v.name for v in rows.schema.features if v.numeric and v.name in rule.require]
        if rule.severity == "hard" and len(named) == 2:
            swapped = {one: rows.table[other].to_numpy() for one, other in (named, named[::-1])}
            if violations(replace(rows, table=rows.table.assign(**swapped)))[rule.name].mean() > 0.5:
                return swapped
    for j, variable in enumerate(rows.schema.features):
        if variable.numeric and variable.low is not None:
            return {variable.name: np.full(len(rows), np.floor(variable.low - spread[j] - 1))}
    raise NotApplicable("no rule and no lower limit is declared")
