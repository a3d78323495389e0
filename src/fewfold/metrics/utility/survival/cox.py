"""Cox regression: the linear learner of survival."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from fewfold.core.errors import NotApplicable
from fewfold.core.optional import require
from fewfold.core.types import Floats
from fewfold.metrics.utility.survival.learner import SurvivalLearner

STEPS = {"step_size": 0.25, "max_steps": 500}  # where one patient alone has a feature, the library's own steps diverge


class Cox(SurvivalLearner):
    """Proportional hazards with an L2 penalty on the coefficients of standardised features, ties by Efron's method
    (10.1111/j.2517-6161.1972.tb00899.x), from lifelines. The penalty is that of ``ridge`` patients' worth of the mean
    partial likelihood: it weighs less the more rows there are, as in penalised logistic regression."""

    name = "cox"
    title = "Penalised Cox regression"
    params: ClassVar[dict[str, Any]] = {"ridge": 1.0, "ties": "efron"}

    def _curves(self, x: Floats, y: Floats, x_test: Floats, times: Floats) -> Floats:
        lifelines = require("lifelines", extra="survival")
        names = [f"x{j}" for j in range(x.shape[1])]
        table = pd.DataFrame(x, columns=names).assign(time=np.abs(y), event=y > 0)
        model = lifelines.CoxPHFitter(penalizer=self.params["ridge"] / len(y))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that hardly vary: the penalty holds their coefficients
            warnings.filterwarnings("error", message="Newton-Raphson failed")
            try:
                model.fit(table, "time", "event", fit_options=STEPS)
            except (lifelines.exceptions.ConvergenceError, lifelines.exceptions.ConvergenceWarning) as error:
                raise NotApplicable("Cox regression does not converge on these rows") from error
        told = model.predict_survival_function(pd.DataFrame(x_test, columns=names), times=times)
        curves: Floats = told.to_numpy().T
        return curves
