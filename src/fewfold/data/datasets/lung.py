"""Advanced lung cancer: the cohort of the demo, because it has missing values, sites and enough patients."""

from __future__ import annotations

from fewfold.core.optional import require
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.variables import aside, days, flag, graded, number, outcome, whole
from fewfold.data.horizon import event_by
from fewfold.data.schema import Schema

CARD = DataCard(
    name="lung",
    title="Advanced lung cancer, North Central Cancer Treatment Group",
    kind="load",
    disease="advanced lung cancer",
    n=186,
    task="binary",
    outcome="death within a year (121). Of 228 patients 42 are left out: follow-up ended before.",
    traps="Not a rare disease. Calories at meals are often missing; sites are of very unequal size.",
    licence="MIT (lifelines)",
    citation="Loprinzi et al., J Clin Oncol 1994;12:601",
    doi=("10.1200/JCO.1994.12.3.601",),
    source="lifelines.datasets.load_lung",
)


def load_lung() -> Cohort:
    """228 patients less 42 without an outcome: death within a year. Needs the extra ``survival``. See ``CARD``."""
    frame = require("lifelines.datasets", extra="survival").load_lung()
    frame = frame.assign(death_1y=event_by(frame, "time", "status", 365))
    performance = tuple(float(k) for k in range(10, 101, 10))
    schema = Schema(
        variables=(
            aside("inst", "institution", role="site"),
            days("time", "days to death or the end of follow-up"),
            flag("status", "1 dead", role="event"),
            whole("age", "age", "a"),
            flag("sex", "sex: 1 male, 2 female", (1, 2), role="sensitive"),
            graded("ph.ecog", "ECOG performance as rated by the physician, 0 good", (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)),
            graded("ph.karno", "Karnofsky performance as rated by the physician, 100 good", performance),
            graded("pat.karno", "Karnofsky performance as rated by the patient, 100 good", performance),
            number("meal.cal", "calories eaten at meals in a day", "kcal"),
            number("wt.loss", "weight lost in the last six months", "[lb_av]", low=None),
            outcome("death_1y", "death within a year"),
        )
    )
    return conform(frame, schema, drop_missing_target=True)
