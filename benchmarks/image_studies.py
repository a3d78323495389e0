"""Studies of images end to end, on open data: does altering them help features and simple learners?

``python -m benchmarks image_studies`` reads the folder that ``FEWFOLD_DATA`` names. Reports go to ``image-studies/``.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import fewfold as ff
from fewfold.report.html import write

OUT = Path("image-studies")
REPEATS, RATIOS = 4, (1.0, 2.0)


def blood_smears(data: Path, scratch: Path) -> ff.Cohort:
    """Teardrops and schistocytes; the picture is the group, for patients were not released."""
    points = pd.read_csv(data / "chula_rbc12" / "cells.csv").rename(columns={"type": "label"})
    points.to_csv(scratch / "points.csv", index=False)
    opened, _ = ff.read_images(data / "chula_rbc12" / "images", points=scratch / "points.csv", by_content=True)
    return ff.cropped(opened, 72, around="points", target="kind", classes={7: "teardrop", 9: "schistocyte"})


def blood_cells(data: Path, _: Path) -> ff.Cohort:
    """White cells and platelets, in boxes; the picture is the group."""
    opened, _ = ff.read_images(data / "bccd" / "images", boxes=data / "bccd" / "boxes.csv")
    return ff.cropped(opened, 96, around="boxes", target="kind", classes={"WBC": "white", "Platelets": "platelet"})


def radiographs(data: Path, scratch: Path) -> ff.Cohort:
    """The view of a chest radiograph, which is what a model of a disease often learns in its place."""
    table = pd.read_csv(data / "cxr_open" / "images.csv").rename(columns={"filename": "image"})
    table[["image", "patientid", "view"]].to_csv(scratch / "images.csv", index=False)
    told = {"labels": scratch / "images.csv", "target": "view", "subject": "patientid", "several_classes": True}
    opened, _ = ff.read_images(data / "cxr_open" / "images", **told)
    return opened


STUDIES: dict[str, tuple[Callable[[Path, Path], ff.Cohort], str]] = {
    "chula_rbc12": (blood_smears, "blood-smear"),
    "bccd": (blood_cells, "blood-smear"),
    "cxr_open": (radiographs, "chest-xray"),
}


def main() -> None:
    data = Path(os.environ.get("FEWFOLD_DATA", "../shared/data"))
    for name, (make, preset) in STUDIES.items():
        with tempfile.TemporaryDirectory() as scratch:
            cohort = ff.featured(make(data, Path(scratch)))
            arm = {"method": "image_augmentation", "params": {"preset": preset}}
            study = ff.Study(cohort, name=name, methods=[arm, "smote"], ratios=RATIOS, repeats=REPEATS)
            started = time.perf_counter()
            result = study.run(OUT / name, jobs=os.cpu_count() or 1)
            result.save(OUT / name)
            write(result, OUT / name / "report.html")
        print(f"{name}: {len(cohort)} images, {cohort.n_subjects} groups, {time.perf_counter() - started:.0f} s")
        auroc = np.mean([m.value for m in result.metrics if m.name == "auroc" and m.method == "none" and m.learner])
        print(f"  real only: AUROC {auroc:.3f}")
        for v in result.verdicts:
            p = v.primary
            told = (
                "" if p.estimate is None else f"{p.estimate:+.3f} ({p.low:+.3f} to {p.high:+.3f}) against {p.against}"
            )
            print(f"  {v.method} at {v.ratio:g}x: {v.verdict} {told}")


if __name__ == "__main__":
    main()
