"""Vine copulas of another library, run by another interpreter: for each line that it reads, the path of an ``.npz``
with pseudo-observations to learn from (``train``) and to judge (``test``), it prints the mean log-density of the
latter."""

from __future__ import annotations

import json
import sys

import numpy as np
import pyvinecopulib as vines

FAMILIES = vines.BicopFamily
VINES = {
    "vine, normal pairs": [FAMILIES.indep, FAMILIES.gaussian],
    "vine, pairs with tails": [FAMILIES.indep, FAMILIES.gaussian, FAMILIES.student, FAMILIES.clayton, FAMILIES.gumbel],
}


def main() -> None:
    for line in sys.stdin:
        arrays = np.load(line.strip())
        told = {}
        for name, families in VINES.items():
            controls = vines.FitControlsVinecop(
                family_set=families, selection_criterion="mbicv", select_trunc_lvl=True, select_threshold=True
            )
            model = vines.Vinecop.from_data(arrays["train"], controls=controls)
            told[name] = float(np.log(model.pdf(arrays["test"])).mean())
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
