"""Studies of images end to end, on open data: does altering them help simple learners, or segmenters?

``python -m benchmarks.image_studies [NAME ...]`` reads the folder that ``FEWFOLD_DATA`` names. Reports go to
``image-studies/``; a study that was stopped goes on.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import fewfold as ff
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.datasets.chase import fetch_chase_db1
from fewfold.data.datasets.ct_lung import fetch_ct_lung_patches
from fewfold.data.datasets.hippocampus import fetch_hippocampus_mri
from fewfold.data.features.averaged import averaged
from fewfold.data.schema import Variable
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


def hippocampus(_: Path, __: Path) -> ff.Cohort:
    """Both parts of the hippocampus in the first 60 of 120 volumes, one a person."""
    return fetch_hippocampus_mri().take(np.arange(60))


def vessels(_: Path, __: Path) -> ff.Cohort:
    """Vessels in the retina of 14 children, both eyes of a child together, at a third of the resolution."""
    cohort = fetch_chase_db1()
    return cohort.with_block("image", Images.of(map(_smaller, cohort.blocks["image"])))


def tumours(_: Path, __: Path) -> ff.Cohort:
    """Tumours in patches of lung CT, those of a patient together; a patch may be without."""
    cohort = fetch_ct_lung_patches()
    aside = Variable(name="tumour", kind="categorical", role="ignore")
    return replace(cohort, schema=cohort.schema.with_variables([aside]))


def _smaller(image: Image) -> Image:
    rows, columns = (size // 3 for size in image.grid)
    pixels = averaged(image.pixels.astype(np.float64), (rows, columns)).round().astype(image.pixels.dtype)
    masks = {name: mask[1::3, 1::3][:rows, :columns] for name, mask in image.masks.items()}
    return Image(pixels, masks=masks)


TURNED = {"transform": "rotation", "degrees": 15}
STILL = (TURNED, {"transform": "scaling", "factor": [0.9, 1.1]}, {"transform": "gamma"})
STUDIES: dict[str, tuple[Callable[[Path, Path], ff.Cohort], dict[str, Any], dict[str, Any]]] = {
    "chula_rbc12": (blood_smears, {"preset": "blood-smear"}, {}),
    "bccd": (blood_cells, {"preset": "blood-smear"}, {}),
    "cxr_open": (radiographs, {"preset": "chest-xray"}, {}),
    "hippocampus_mri": (hippocampus, {"preset": "mri-brain"}, {"segment": "hippocampus"}),
    "chase_db1": (vessels, {"preset": "retina"}, {"segment": "vessel", "min_subjects": 14}),
    "ct_lung_patches": (tumours, {"chain": STILL}, {"segment": "tumour", "min_subjects": 13}),
}
BRIEF: dict[str, Any] = {"ratios": (1.0,), "repeats": 2, "negative_control_repeats": 2, "seed_repeats": 1}


def main(chosen: Sequence[str] = tuple(STUDIES)) -> None:
    data = Path(os.environ.get("FEWFOLD_DATA", "../shared/data"))
    for name in chosen:
        make, params, more = STUDIES[name]
        segment = more.get("segment")
        settings = {**BRIEF, **more} if segment else {"ratios": RATIOS, "repeats": REPEATS}
        params = {**params, "segment": segment} if segment else params
        arms: list[Any] = [{"method": "image_augmentation", "params": params}, *([] if segment else ["smote"])]
        with tempfile.TemporaryDirectory() as scratch:
            cohort = ff.featured(make(data, Path(scratch)), segment=segment)
            study = ff.Study(cohort, name=name, methods=arms, **settings)
            started = time.perf_counter()
            result = study.run(OUT / name, jobs=os.cpu_count() or 1)
            result.save(OUT / name)
            write(result, OUT / name / "report.html")
        print(f"{name}: {len(cohort)} images, {cohort.n_subjects} groups, {time.perf_counter() - started:.0f} s")
        for learner in study.settings.learners:
            bare = {m.name: m.value for m in result.metrics if m.method == "none" and m.learner == learner}
            shown = [key for key in ("auroc", "dice", "hd95") if bare.get(key) is not None]
            print(f"  real only, {learner}: " + ", ".join(f"{key} {bare[key]:.3f}" for key in shown))
        for v in result.verdicts:
            p = v.primary
            told = (
                "" if p.estimate is None else f"{p.estimate:+.3f} ({p.low:+.3f} to {p.high:+.3f}) against {p.against}"
            )
            print(f"  {v.method} at {v.ratio:g}x: {v.verdict} {told}", flush=True)
        print(f"  {result.negative_control.statement}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or tuple(STUDIES))
