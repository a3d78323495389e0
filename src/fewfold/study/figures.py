"""The numbers behind the report's pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import derive
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.schema import Variable
from fewfold.methods.base import Method
from fewfold.methods.generators.bayesian_network import BayesianNetwork
from fewfold.metrics.associations import associations
from fewfold.study.cells import Design
from fewfold.study.kaplan import kaplans
from fewfold.study.outcomes import Predicted
from fewfold.study.result_figures import Associations, Calibration, Contact, Distribution, Edge, Figures, Network

BINS = 20
GROUPS = 5  # of equal size, in a calibration curve
MOST_VARIABLES = 100  # beyond which the pictures show the first ones


def figures(
    cohort: Cohort,
    made: dict[str, Cohort],
    predicted: Predicted,
    contacts: Sequence[Contact] = (),
    networks: Sequence[Network] = (),
) -> Figures:
    """Distributions and associations of real and synthetic rows, and calibration curves."""
    return Figures(
        contacts=list(contacts),
        networks=list(networks),
        distributions=_distributions(cohort, made),
        associations=_associations(cohort, made),
        calibration=_calibration(predicted) if predicted.task == "binary" else [],
        follow_up=kaplans(cohort, made),
    )


class Expansion(NamedTuple):
    """A method fitted on the whole cohort, and as many synthetic rows as real ones from it."""

    fitted: Method
    made: Cohort


def expansions(design: Design) -> dict[str, Expansion]:
    """That of each method under test, by its name in the study."""
    found = {}
    for spec in design.settings.methods:
        rng = derive(design.settings.seed, "figures", spec.name)
        try:
            fitted = design.fitted(spec, design.cohort.as_part("train"), rng)
            found[spec.name] = Expansion(fitted, fitted.sample(len(design.cohort), rng=rng))
        except NotApplicable:
            continue
    return found


def networks(fitted: Mapping[str, Method]) -> list[Network]:
    """The graphs of those that learn one. ``fitted``: by the names of the arms."""
    return [
        Network(method=name, edges=[Edge(parent=p, child=c, strength=round(s, 4)) for p, c, s in each.edges])
        for name, each in fitted.items()
        if isinstance(each, BayesianNetwork)
    ]


def _distributions(cohort: Cohort, made: dict[str, Cohort]) -> list[Distribution]:
    out = []
    for j, variable in enumerate(cohort.schema.modelled[:MOST_VARIABLES]):
        real = cohort.modelled[:, j]
        synthetic = {name: one.modelled[:, j] for name, one in made.items()}
        edges = None if variable.discrete else _edges([real, *synthetic.values()])
        out.append(
            Distribution(
                variable=variable.name,
                label=variable.label or variable.name,
                unit=variable.unit,
                kind=variable.kind,
                edges=None if edges is None else edges.tolist(),
                levels=[str(v) for v in order_of_levels(variable)] if edges is None else None,
                real=_shares(real, variable, edges),
                synthetic={name: _shares(x, variable, edges) for name, x in synthetic.items()},
                missing_real=float(np.isnan(real).mean()),
                missing_synthetic={name: float(np.isnan(x).mean()) for name, x in synthetic.items()},
            )
        )
    return out


def _edges(columns: list[Floats]) -> Floats:
    known = np.concatenate([c[~np.isnan(c)] for c in columns])
    if not len(known):
        return np.array([0.0, 1.0])
    low, high = float(known.min()), float(known.max())
    return np.linspace(low, high if high > low else low + 1, BINS + 1)


def _shares(x: Floats, variable: Variable, edges: Floats | None) -> list[float]:
    known = x[~np.isnan(x)]
    if edges is None:
        counts = np.bincount(known.astype(np.int64), minlength=len(variable.levels or ()))
    else:
        counts = np.histogram(known, edges)[0]
    shares: list[float] = (counts / max(counts.sum(), 1)).tolist()
    return shares


def _associations(cohort: Cohort, made: dict[str, Cohort]) -> Associations:
    variables = [v.name for v in cohort.schema.modelled[:MOST_VARIABLES]]
    return Associations(
        variables=variables,
        real=_rounded(associations(cohort), len(variables)),
        synthetic={name: _rounded(associations(one), len(variables)) for name, one in made.items()},
    )


def _rounded(matrix: Floats, n: int) -> list[list[float | None]]:
    return [[round(float(x), 4) if np.isfinite(x) else None for x in row[:n]] for row in matrix[:n]]


def _calibration(predicted: Predicted) -> list[Calibration]:
    """Observed rate with its Wilson interval in groups of equal size; predictions averaged over repeats."""
    out = []
    for (arm, ratio), by_learner in predicted.arms.items():
        for learner, p in by_learner.items():
            mean = np.nanmean(p, axis=0)
            groups = np.array_split(np.argsort(mean, kind="stable"), min(GROUPS, max(1, len(mean) // 10)))
            events = [predicted.y[g].sum() for g in groups]
            ends = [_wilson(float(k), len(g)) for k, g in zip(events, groups, strict=True)]
            out.append(
                Calibration(
                    method=arm,
                    ratio=ratio,
                    learner=learner,
                    predicted=[float(mean[g].mean()) for g in groups],
                    observed=[float(k / len(g)) for k, g in zip(events, groups, strict=True)],
                    low=[low for low, _ in ends],
                    high=[high for _, high in ends],
                    n=[len(g) for g in groups],
                )
            )
    return out


def _wilson(events: float, n: int) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927, 10.1080/01621459.1927.10502953)."""
    z = 1.959963984540054
    centre = (events + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * float(np.sqrt(events * (n - events) / n + z**2 / 4))
    return max(0.0, centre - half), min(1.0, centre + half)
