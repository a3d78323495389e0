"""The image sets hold what their sources say, and the traps that their cards tell."""

import numpy as np
import pytest
from PIL import Image as pil

from fewfold import datasets
from fewfold.core.errors import BadInput
from fewfold.data.io.magic import kind_of


@pytest.fixture(autouse=True)
def _mirror(shared_data, monkeypatch):
    monkeypatch.setenv("FEWFOLD_DATA", str(shared_data))


def test_chula_counts_and_crops(shared_data):
    """Counts by type as published with the subset; type 8 is a burr cell."""
    cohort = datasets.fetch_chula_rbc12()
    counts = [1233, 64, 175, 1837, 1457, 970, 154, 150, 555, 467, 110, 676, 763]
    assert list(cohort.class_counts.values()) == counts and len(cohort) == 8611
    row = int(np.flatnonzero((cohort.table["image"] == "4.jpg") & (cohort.table["type"] == "burr cell"))[0])
    assert cohort.table.loc[row, ["x", "y"]].tolist() == [505, 350]
    whole = np.asarray(pil.open(shared_data / "chula_rbc12" / "images" / "4.jpg"))
    crop = cohort.blocks["image"][row].pixels
    assert crop.shape == (70, 70, 3) and np.array_equal(crop, whole[316:386, 470:540])
    fields = datasets.fetch_chula_rbc12(cells=False)
    assert len(fields) == 170 and sum(len(entry.points) for entry in fields.blocks["image"].entries) == 8611
    assert {header.shape for header in fields.blocks["image"].headers} == {(480, 640, 3)}


def test_elliptocytes_can_be_told_by_their_files():
    cohort = datasets.fetch_chula_rbc12()
    late = cohort.table["image"].str[:-4].astype(int) >= 713
    assert (late == (cohort.table["type"] == "elliptocyte")).all() and cohort.table["image"][late].nunique() == 20
    entries = datasets.fetch_chula_rbc12(cells=False).blocks["image"].entries
    kinds = {entry.name: kind_of(entry.paths[0]) for entry in entries}
    assert {name for name, kind in kinds.items() if kind == "PNG"} == set(cohort.table["image"][late])


def test_bccd_boxes(shared_data):
    cohort = datasets.fetch_bccd()
    assert cohort.class_counts == {"RBC": 1593, "WBC": 126, "Platelets": 151}
    fields = datasets.fetch_bccd(cells=False)
    first = fields.blocks["image"][0]
    assert first.boxes.labels[0] == "WBC" and first.boxes.at[0].tolist() == [176, 259, 376, 491]
    whole = np.asarray(pil.open(shared_data / "bccd" / "images" / "BloodImage_00000.jpg"))
    assert np.array_equal(cohort.blocks["image"][0].pixels, whole[220:332, 319:431])


def test_chase_has_both_eyes_of_each_child():
    cohort = datasets.fetch_chase_db1()
    assert (cohort.table.groupby("child")["eye"].nunique() == 2).all() and len(cohort) == 28
    image = cohort.blocks["image"][0]
    assert image.pixels.shape == (960, 999, 3) and set(np.unique(image.masks["vessel"])) == {0, 1}
    assert 0.04 < image.masks["vessel"].mean() < 0.12


def test_hippocampus_is_of_two_kinds():
    images = datasets.fetch_hippocampus_mri().blocks["image"]
    assert sum(header.dtype == np.uint8 for header in images.headers) == 39
    assert {header.spacing for header in images.headers} == {(1, 1, 1)}
    for k in (0, 60, 119):
        assert set(np.unique(images[k].masks["hippocampus"])) == {0, 1, 2}
    with pytest.raises(BadInput, match="images of one size"):
        images.stack()


def test_ct_lung_patches_of_ten_are_alike():
    cohort = datasets.fetch_ct_lung_patches()
    stack = cohort.blocks["image"].stack()
    assert stack.shape == (130, 48, 48) and cohort.class_counts == {0: 19, 1: 111}
    masks = [image.masks["tumour"].any() for image in cohort.blocks["image"]]
    assert masks == cohort.table["tumour"].astype(bool).tolist()
    mean, rng = stack.mean(axis=(1, 2)), np.random.default_rng(0)
    between = [rng.permutation(mean).reshape(13, 10).mean(axis=1).var() for _ in range(999)]
    assert mean.reshape(13, 10).mean(axis=1).var() > np.quantile(between, 0.99)


def test_cxr_projections():
    cohort = datasets.fetch_cxr_open()
    assert cohort.class_counts == {"PA": 41, "AP Supine": 34}
    assert (cohort.table.groupby("patientid")["view"].nunique() > 1).sum() == 2
    assert cohort.table["finding"].eq("COVID-19").sum() == 69
    assert {max(header.shape) for header in cohort.blocks["image"].headers} == {375, 481, 512}


@pytest.mark.parametrize("name", ["chula_rbc12", "bccd", "chase_db1", "hippocampus_mri", "ct_lung_patches", "cxr_open"])
def test_every_image_can_be_read(name):
    cohort = datasets.load(name, **({"cells": False} if name in ("chula_rbc12", "bccd") else {}))
    assert cohort.blocks["image"].check() == []
