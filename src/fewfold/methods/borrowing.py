"""Learning from a larger, related cohort too, the source: who may lend, and how much is borrowed.

The patients of the source are weighed down, as in a power prior (Ibrahim and Chen 2000, 10.1214/ss/1009212673): all
together they count as some patients of the cohort. As how many is tried on inner folds of the training part: what is
worth having makes held-out patients of the cohort more likely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from fewfold.core.errors import BadInput, Leakage
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.digest import data_hash
from fewfold.data.provenance import HOLDOUT
from fewfold.data.schema import Schema, Variable
from fewfold.methods.inner_folds import folds, over_patients

SHARES = (0.0, 0.2, 0.5, 0.8)  # of what is learned that comes from the source
NOTHING = "nothing from the source"
LogDensity = Callable[[Ints, Ints, float], Floats]  # of training rows, held-out rows and a share: (held-out rows,)
Lend = Callable[[Cohort], LogDensity]  # of a source


@dataclass(frozen=True)
class Tried:
    """How much likelier held-out patients are with a share from the source than without: ``gain`` in nats a patient,
    and its standard error over patients. ``over_shuffled``: than with the same share from the source once each of its
    columns is shuffled, so that nothing depends on anything, and the standard error of that; asked only where the gain
    is larger than its error."""

    share: float
    gain: float
    error: float
    over_shuffled: float | None = None
    over_shuffled_error: float = 0.0

    @property
    def left(self) -> float:
        """The lesser of both gains once its standard error is taken off."""
        left = self.gain - self.error
        return left if self.over_shuffled is None else min(left, self.over_shuffled - self.over_shuffled_error)


@dataclass(frozen=True)
class Borrowed:
    """From whom a method has borrowed (``sha256`` as in the protocol of a study), what ``share`` of what it learned is
    from there, and all that was tried; ``share`` is 0 where nothing from there is worth having."""

    patients: int
    rows: int
    sha256: str
    share: float
    tried: tuple[Tried, ...] = ()

    @property
    def said(self) -> str:
        """The choice in words."""
        if self.share == 1:
            return "begun with the source"
        return f"{self.share:.0%} from the source" if self.share else NOTHING

    @property
    def on_record(self) -> dict[str, Any]:
        """All but what was tried, as JSON."""
        return {name: value for name, value in self.as_dict().items() if name != "tried"}

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @staticmethod
    def of(told: Mapping[str, Any]) -> Borrowed:
        """The inverse of :meth:`as_dict`."""
        return Borrowed(**{**told, "tried": tuple(Tried(**one) for one in told["tried"])})


def worth(share: float, patients: float, source: float) -> float:
    """As how many of ``patients`` all of the ``source`` together count; none ever counts more than one."""
    return min(share / (1 - share) * patients, source)


def borrow(cohort: Cohort, source: Cohort, lend: Lend, rng: Rng, shares: Sequence[float] = SHARES[1:]) -> Borrowed:
    """Try each of ``shares`` on inner folds by patient. Taken is the one with the most ``left``: nothing, where none
    has. The check against a shuffled source is against negative transfer: any other cohort, related or not, tells what
    columns look like by themselves, and draws weak estimates towards independence."""
    shuffling, folding = rng.spawn(2)
    parts = list(folds(cohort, folding))
    if not parts:
        return Borrowed(source.n_subjects, len(source), data_hash(source), 0.0)
    whose = np.concatenate([cohort.subjects[test] for _, test in parts])

    def held_out(log_density: LogDensity, share: float) -> Floats:
        return np.concatenate([log_density(train, test, share) for train, test in parts])

    told = lend(source)
    none, taught = held_out(told, 0.0), {share: held_out(told, share) for share in shares}
    tried = {share: Tried(share, *over_patients(taught[share] - none, whose)) for share in shares}
    gaining = [share for share in shares if tried[share].left > 0]
    if gaining:
        shuffled = lend(_shuffled(source, shuffling))
        for share in gaining:
            over, error = over_patients(taught[share] - held_out(shuffled, share), whose)
            tried[share] = replace(tried[share], over_shuffled=over, over_shuffled_error=error)
    left = {0.0: 0.0} | {share: one.left for share, one in tried.items()}
    best = max(left, key=left.__getitem__)
    return Borrowed(source.n_subjects, len(source), data_hash(source), best, tuple(tried.values()))


def _shuffled(source: Cohort, rng: Rng) -> Cohort:
    """The same values, each variable in an order of its own."""
    columns = {v.name: source.table[v.name].array[rng.permutation(len(source))] for v in source.schema.modelled}
    return replace(source, table=source.table.assign(**columns))


def check_source(cohort: Cohort, source: Cohort) -> None:
    """Raise what a source must not be.

    That is ``Leakage`` for synthetic or holdout rows and for patients of the cohort, and ``BadInput`` for variables
    that are not those of the cohort and for rows without the target.
    """
    if source.provenance.is_synthetic.any() or (source.provenance.part == HOLDOUT).any():
        raise Leakage(
            expected="a source of real patients who are set aside for no test",
            found="holdout or synthetic rows among them",
            fix="Leave them out of the source.",
        )
    different = list(_differences(cohort.schema, source.schema))
    if different:
        raise BadInput(
            expected="a source with the variables of the cohort",
            found="; ".join(different),
            fix="Read it as the cohort is: ff.read_source(PATH, like=cohort). A variable that the source lacks may be "
            "an empty column.",
        )
    target = source.schema.target
    if target is not None and source.table[target.name].isna().any():
        raise BadInput(
            expected=f"a value of the target {target.name!r} in every row of the source",
            found=f"{int(source.table[target.name].isna().sum())} rows without one",
            fix="Leave those rows out: ff.read_source does.",
        )
    _check_strangers(cohort, source)


def _differences(wanted: Schema, found: Schema) -> list[str]:
    ours, theirs = ({v.name: v for v in schema.modelled} for schema in (wanted, found))
    told = {"missing": ours.keys() - theirs.keys(), "too many": theirs.keys() - ours.keys()}
    said = [f"{what}: {', '.join(sorted(names))}" for what, names in told.items() if names]
    for name in sorted(ours.keys() & theirs.keys()):
        one, other = _meaning(ours[name]), _meaning(theirs[name])
        said += [f"{name!r} has {k} {other[k]!r}, not {one[k]!r}" for k in one if one[k] != other[k]]
    return said


def _meaning(variable: Variable) -> dict[str, Any]:
    """What must be the same for values to mean the same."""
    return {
        "kind": variable.kind,
        "unit": variable.unit,
        "levels": variable.levels,
        "positive level": variable.positive,
        "role": "target" if variable.role == "target" else "feature",
    }


def _check_strangers(cohort: Cohort, source: Cohort) -> None:
    """Patients are known by their names; where a side has none, the cohort must not lie in the source row by row."""
    ours, theirs = _names(cohort), _names(source)
    if ours and theirs:
        shared = sorted(ours & theirs)
        if shared:
            raise Leakage(
                expected="a source without patients of the cohort",
                found=f"{len(shared)} of them in both, such as {shared[0]}",
                fix="Leave them out of the source; where they are other people, give them other names.",
            )
        return
    rows, counts = np.unique(_rows(source), return_counts=True)
    again = int(np.isin(_rows(cohort), rows[counts == 1]).sum())
    if again > len(cohort) / 2:
        raise Leakage(
            expected="a source without patients of the cohort",
            found=f"{again} of {len(cohort)} rows of the cohort in it, value by value",
            fix="Leave them out of the source; name the patients with subject=COLUMN, so that all can be told apart.",
        )


def _names(cohort: Cohort) -> set[str]:
    variable = cohort.schema.role("subject")
    return set() if variable is None else {str(name) for name in cohort.table[variable.name].dropna().tolist()}


def _rows(cohort: Cohort) -> Any:
    """(n,) the values of each row as bytes."""
    values = np.ascontiguousarray(cohort.modelled) + 0.0
    return np.array([row.tobytes().hex() for row in values])
