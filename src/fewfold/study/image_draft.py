"""The first ``study.toml`` of a folder of images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fewfold.core.errors import FewfoldError
from fewfold.core.files import refuse_existing, write_atomic
from fewfold.data.blocks.images import Failure
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema
from fewfold.data.schema_toml import dump_variables
from fewfold.methods.transforms.endpoint import check_endpoint
from fewfold.methods.transforms.preset import preset as chain_of
from fewfold.metrics.utility.judges import installed
from fewfold.metrics.utility.segmentation.segmenters import SEGMENTERS
from fewfold.study.draft import data_lines, hindrances, refusal, study_lines, toml
from fewfold.study.image_data import ImageData

BRIEF = {"ratios": (1.0, 2.0), "repeats": 4}  # segmenters take their time


@dataclass(frozen=True)
class ImageDraft:
    """What ``init`` found: images that can be studied, how many are ``absent`` for want of a target, the columns of
    their table, the files that have to be left out, and what will keep a study from its verdicts."""

    images: int
    absent: int
    schema: Schema
    failures: tuple[Failure, ...]
    problems: tuple[str, ...]


def draft_images(
    folder: str | Path,
    out: str | Path,
    *,
    target: str | None = None,
    segment: str = "",
    preset: str,
    endpoints: Sequence[str] = (),
    subject: str | None = None,
    site: str | None = None,
    labels: str = "",
    mask: str = "",
) -> ImageDraft:
    """Read a folder of images and their features, and write ``study.toml`` to ``out``: a study of ``preset``.

    ``target``: a column of the table, or ``class`` where subfolders are the classes; without it ``segment``. That,
    ``labels`` and ``mask``: see :class:`~fewfold.study.image_data.ImageData`. Raises ``BadInput`` for a folder that
    cannot be read, a preset that may destroy one of ``endpoints``, or where ``out`` exists.
    """
    source, file = Path(folder), Path(out)
    refuse_existing(file)
    check_endpoint(chain_of(preset), endpoints)
    data = ImageData(labels=labels, mask=mask, segment=segment)
    opened = data.opened(
        source, target=target, subject=subject, site=site, drop_missing_target=True, several_classes=True
    )
    absent = len(data.opened(source).cohort) - len(opened.cohort)
    made = data.featured(opened)
    several = _several(opened.cohort)
    params: dict[str, Any] = {"preset": preset}
    params |= {k: v for k, v in (("endpoint", list(endpoints)), ("mask", mask), ("segment", segment)) if v}
    arm = {"method": "image_augmentation", "params": params}
    usable = tuple(name for name in SEGMENTERS if installed(name))
    chosen: dict[str, Any] = {**BRIEF, "learners": usable} if segment else {}
    try:
        problems = hindrances(made.cohort, methods=[arm], segment=segment, **chosen)
    except FewfoldError as error:
        problems = [refusal(error)]
    shown = os.path.relpath(source.resolve(), file.resolve().parent)
    told = {key: value for key, value in (("labels", labels), ("mask", mask), ("segment", segment)) if value}
    written = ", ".join(f"{key} = {toml(value)}" for key, value in params.items())
    arms = f'[{{ method = "image_augmentation", params = {{ {written} }} }}]'
    use = "a mask on them is to be found" if segment else "their features are read, and learned from"
    lines = [
        "# A study of fewfold. Read it, correct it, then: fewfold run " + file.name + " --out results",
        *(f"# {problem}" for problem in problems),
        *data_lines(shown, of="images", drop=absent > 0, several_classes=several),
        "",
        f"[data.images]  # {use}",
        *(f"{key} = {toml(value)}" for key, value in told.items()),
        "# value_range = [-160, 240]  # what counts as 0 to 1; say the same in the params of image_augmentation",
        *study_lines(source.resolve().name, arms, **chosen),
        dump_variables(opened.cohort.schema),
    ]
    write_atomic(file, "\n".join(lines))
    return ImageDraft(len(made.cohort), absent, opened.cohort.schema, made.failures, tuple(problems))


def _several(cohort: Cohort) -> bool:
    """Do images of one patient differ in their class, as cells, slices and eyes do?"""
    labels = cohort.table[cohort.schema.target.name] if cohort.schema.target else None
    return labels is not None and bool((labels.groupby(cohort.subjects).nunique() > 1).any())
