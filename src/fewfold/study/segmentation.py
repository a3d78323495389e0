"""Studies in which a mask is to be found: its labels, and who has them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.data.blocks.images import images_among
from fewfold.data.cohort import Cohort
from fewfold.data.features.extent import EXTENT
from fewfold.methods.base import method
from fewfold.study.arms import card_of
from fewfold.study.settings import Settings

MOST_LABELS = 20


def with_labels(cohort: Cohort, settings: Settings) -> Settings:
    """The settings with the labels that count. Raises ``BadInput`` for a cohort whose target is not the extent of a
    mask, an image that lacks the mask, a mask of too many labels, and a label that no mask has."""
    target = cohort.schema.target
    if target is None or target.name != EXTENT:
        raise BadInput(
            expected=f"a cohort whose target is the extent of the mask {settings.segment}",
            found="no target" if target is None else f"the target {target.name}",
            fix=f"Make it with ff.featured(images, segment={settings.segment!r}).",
        )
    found = patients_per_label(cohort, settings.segment)
    strange = [str(label) for label in settings.labels if label not in found]
    if strange or not found or len(found) > MOST_LABELS:
        shown = ", ".join(map(str, list(found)[:MOST_LABELS])) or "none"
        raise BadInput(
            expected=f"the labels {', '.join(map(str, settings.labels))} in the mask {settings.segment}"
            if strange
            else f"1 to {MOST_LABELS} labels in the mask {settings.segment}",
            found=f"{shown}{', and more' if len(found) > MOST_LABELS else ''}",
            fix="Name labels that there are, or another mask; a mask holds whole numbers, 0 for nothing.",
        )
    return settings.model_copy(update={"labels": settings.labels or tuple(found)})


def patients_per_label(cohort: Cohort, mask: str) -> dict[int, int]:
    """How many patients have each label somewhere in the mask, by label."""
    seen: dict[int, set[int]] = {}
    for patient, image in zip(cohort.subjects.tolist(), images_among(cohort.blocks), strict=True):
        if mask not in image.masks:
            raise BadInput(
                expected=f"a mask {mask} on each image",
                found=f"an image of patient {patient} without it",
                fix="Name a mask that all images have, or leave out the images that lack it.",
            )
        for label in np.unique(image.masks[mask]).tolist():
            seen.setdefault(int(label), set()).add(patient)
    return {label: len(seen[label]) for label in sorted(seen) if label != 0}


def without_masks(settings: Settings) -> Iterator[str]:
    """The arms that make no masks, or another one, by name."""
    for arm in (*settings.controls, *settings.methods):
        carries = method(arm.method, **arm.params).params.get("segment") == settings.segment
        if not (carries or arm.method == "duplication" or not card_of(arm).adds_rows):
            yield arm.name
