"""Whether there are patients enough for what noise leaves of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from fewfold.data.schema import Variable
from fewfold.methods.generators.privacy.accountant import gaussian_sigma
from fewfold.methods.generators.privacy.cells import n_cells
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
    correlation_noise: float
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
        return (
            f"about {self.patients:.0f} patients (counted with noise) and {self.columns} columns are "
            f"{self.rows_per_dimension:.1f} rows per encoded dimension, where {least} to {most} are viable; the noise "
            f"of a count of {self.widest!r} within a class is {self.cell_noise:.2g} times the mean count (at most "
            f"{MOST_CELL_NOISE:g}), and that of a correlation {self.correlation_noise:.2g} (at most "
            f"{MOST_CORRELATION_NOISE:g}); about {self.needed} patients are needed"
        )


def viability(
    variables: Sequence[Variable], classes: int, patients: float, rho_margin: float, rho_dependence: float
) -> Viability:
    """What ``patients`` in so many classes are worth, where each margin costs ``rho_margin``."""
    patients, d = max(patients, 1.0), len(variables)
    cells = {v.name: n_cells(v) for v in variables}
    widest = max(cells, key=lambda name: cells[name])
    by_cells = classes * (cells[widest] + 1) * gaussian_sigma(TABLE_SENSITIVITY, rho_margin) / MOST_CELL_NOISE
    noise = gaussian_sigma(products_sensitivity(d), rho_dependence) if d > 1 else 0.0
    by_correlation = noise / MOST_CORRELATION_NOISE
    dimensions = sum(cells[v.name] if v.discrete else 1 for v in variables)
    return Viability(
        patients=patients,
        columns=d,
        dimensions=dimensions,
        rows_per_dimension=patients / dimensions,
        widest=widest,
        cell_noise=by_cells * MOST_CELL_NOISE / patients,
        correlation_noise=noise / patients,
        needed=ceil(max(by_cells, by_correlation)),
    )
