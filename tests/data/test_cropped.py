"""Cells as rows of a cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fewfold as ff
from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Marks
from fewfold.data.conform import conform

LABELS = [("tear", "burr", 7), ("tear", 7, "tear")]


def pictures(**roles: str) -> ff.Cohort:
    rng = np.random.default_rng(0)
    held = [
        ff.Image(
            rng.integers(0, 256, (40, 50, 3), dtype=np.uint8),
            points=Marks(rng.integers(10, 30, (len(labels), 2)).astype(float), labels),
        )
        for labels in LABELS
    ]
    frame = pd.DataFrame({"clinic": ["a", "b"], "sick": ["yes", "no"], "who": ["x", "y"]})
    schema = ff.Schema(
        variables=tuple(
            ff.Variable(
                name=name, kind="categorical", levels=tuple(sorted(set(frame[name]))), role=roles.get(name, "feature")
            )
            for name in frame
        )
    )
    return conform(frame, schema, check_target=False).with_block("image", ff.Images.of(held))


def test_a_row_is_a_cell_and_its_picture_is_the_patient() -> None:
    cells = ff.cropped(pictures(), 9, around="points", target="kind", classes={"tear": "teardrop", 7: "other"})
    assert cells.table["kind"].tolist() == ["teardrop", "other", "teardrop", "other", "teardrop"]
    assert cells.subjects.tolist() == [0, 0, 1, 1, 1]
    assert cells.table["clinic"].tolist() == ["a", "a", "b", "b", "b"]
    whole = pictures().blocks["image"][1]
    y, x = whole.points.at[1].astype(int)  # that of label 7
    crop = cells.blocks["image"][3].pixels
    assert crop.shape == (9, 9, 3)
    assert np.array_equal(crop[4, 4], whole.pixels[y, x])
    assert (crop != cells.blocks["image"][2].pixels).any()


def test_roles_of_the_pictures() -> None:
    cells = ff.cropped(
        pictures(who="subject", sick="target"), 8, around="points", target="kind", classes={"tear": "tear", 7: 7}
    )
    assert [str(level) for level in cells.table["kind"]] == ["tear", "7", "tear", "7", "tear"]
    assert cells.schema.role("subject").name == "who"
    assert "sick" not in [variable.name for variable in cells.schema.features]


def test_refused() -> None:
    with pytest.raises(BadInput, match="a label of round"):
        ff.cropped(pictures(), 9, around="points", target="kind", classes={"round": "round"})
    with pytest.raises(BadInput, match="images with boxes"):
        ff.cropped(pictures(), 9, around="boxes", target="kind")
    with pytest.raises(BadInput, match="a cohort of real images"):
        ff.cropped(ff.Cohort.real(pictures().table, pictures().schema), 8, around="points", target="kind")
