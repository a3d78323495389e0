"""Whether there are patients enough for what noise leaves of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from fewfold.data.schema import Variable
from fewfold.methods.generators.privacy.accountant import gaussian_sigma
from fewfold.methods.generators.privacy.cells import FEWEST, n_cells
from fewfold.methods.generators.privacy.smoothing import KEPT
from fewfold.methods.generators.privacy.statistics import TABLE_SENSITIVITY, products_sensitivity

ROWS_PER_DIMENSION = (50, 300)  # from which on private generators have been found to be of use
MOST_CELL_NOISE = 1 / KEPT  # SD of the noise of a count over the mean count of its column: that is just seen
MOST_CORRELATION_NOISE = 0.3  # SD of the noise of a correlation: a moderate one


@dataclass(frozen=True)
class Viability:
    """``patients``: counted with noise. ``dimensions``: numbers, and levels of the other columns. ``cell_noise``: SD
    over mean count of a cell of the ``widest`` column within a class. ``correlation_noise``: SD. ``needed``: patients
    with whom both are as large as they may be."""

    patients: float
    columns: int
    dimensions: int
    rows_per_dimension: float
    widest: str
    cell_noise: float
    correlation_noise: float | None
    pair_noise: float | None
    needed: int

    @property
    def viable(self) -> bool:
        """Whether the signal is larger than the noise."""
        return self.patients >= self.needed

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        least, most = ROWS_PER_DIMENSION
        told = (
            f"about {self.patients:.0f} patients (counted with noise) and {self.columns} columns are "
            f"{self.rows_per_dimension:.1f} rows per encoded dimension, where {least} to {most} are viable; the noise "
            f"of a count of {self.widest!r} within a class is {self.cell_noise:.2g} times the mean count (at most "
            f"{MOST_CELL_NOISE:g})"
        )
        if self.correlation_noise is not None:
            told += f", and that of a correlation {self.correlation_noise:.2g} (at most {MOST_CORRELATION_NOISE:g})"
        if self.pair_noise is not None:
            told += f", and that of two columns {self.pair_noise:.2g} times (at most {MOST_CELL_NOISE:g})"
        return f"{told}; about {self.needed} patients are needed"


def viability(
    variables: Sequence[Variable],
    classes: int,
    patients: float,
    rho_margin: float,
    *,
    rho_correlations: float = 0.0,
    rho_pair: float = 0.0,
) -> Viability:
    """What ``patients`` in so many classes are worth, where each margin costs ``rho_margin``, and each table of two
    columns ``rho_pair``."""
    patients, d = max(patients, 1.0), len(variables)
    cells = {v.name: n_cells(v) for v in variables}
    widest = max(cells, key=lambda name: cells[name])
    by_cells = _cell_noise(classes * (cells[widest] + 1), rho_margin)
    correlation = gaussian_sigma(products_sensitivity(d), rho_correlations) if rho_correlations else 0.0
    first, second = sorted((min(n, FEWEST) + 1 for n in (*cells.values(), 0, 0)), reverse=True)[:2]
    by_pair = _cell_noise(first * second, rho_pair) if rho_pair else 0.0
    dimensions = sum(cells[v.name] if v.discrete else 1 for v in variables)
    return Viability(
        patients=patients,
        columns=d,
        dimensions=dimensions,
        rows_per_dimension=patients / dimensions,
        widest=widest,
        cell_noise=by_cells / patients,
        correlation_noise=correlation / patients if rho_correlations else None,
        pair_noise=by_pair / patients if rho_pair else None,
        needed=ceil(max(max(by_cells, by_pair) / MOST_CELL_NOISE, correlation / MOST_CORRELATION_NOISE)),
    )


def _cell_noise(cells: int, rho: float) -> float:
    """SD of the noise of a count, times so many cells: over the patients, what it is of the mean count."""
    return cells * gaussian_sigma(TABLE_SENSITIVITY, rho)
