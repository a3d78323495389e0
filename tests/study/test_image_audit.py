"""Where safe ends, on images whose label is known to rest on one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import Provenance, Record
from fewfold.data.schema import Schema, Variable
from fewfold.methods.transforms.base import transform
from fewfold.study.image_audit import measures, predictions
from fewfold.study.image_audit.audit import audit_transforms
from fewfold.study.image_audit.conclude import operation
from fewfold.study.image_audit.copies import Camera, family, plans, tables
from fewfold.study.image_audit.reading import Reading, _partners
from fewfold.study.image_audit.result import Controls, ImageAudit, Measured, Operation, Shifts
from study.pictured import pictured

CHAIN = [transform("brightness", share=0.15), transform("rotation"), transform("reflection", p=0.5)]
ENDS = [0.025, 0.975]


def audited(cohort: Cohort, chain: list[Any] = CHAIN, **how: Any) -> ImageAudit:
    settings = {"rng": 1, "magnitudes": (0.1, 1.0, 2.0), "border": "mirror", "pictures": False, **how}
    return audit_transforms(cohort, chain, **settings)


def by_label(audit: ImageAudit) -> dict[str, Operation]:
    return {one.label: one for one in audit.operations}


@pytest.fixture(scope="module")
def bright() -> ImageAudit:
    return audited(pictured("brightness"))


def test_a_label_that_rests_on_brightness_is_lost_with_it_alone(bright: ImageAudit) -> None:
    told = by_label(bright)
    assert bright.controls.auroc.low > 0.95
    assert (told["brightness"].safe_up_to, told["brightness"].unsafe_from) == (0.1, 1.0)
    assert told["brightness"].levels[-1].loss.low > 0.05
    assert (told["rotation"].safe_up_to, told["rotation"].unsafe_from) == (2.0, None)
    assert told["reflection"].safe_up_to == 1.0
    assert told["reflection"].on_off
    assert len(told["reflection"].levels) == 1


def test_each_family_of_features_moves_with_what_it_tells_of(bright: ImageAudit) -> None:
    told = by_label(bright)
    reflected, brighter = (told[name].levels[-1].shifts.families for name in ("reflection", "brightness"))
    assert reflected["values"].value < 1e-9
    assert reflected["layout"].value > 0.5
    assert brighter["values"].value > 0.4
    assert brighter["layout"].value < 0.05
    between = bright.controls.shifts.overall
    assert 0.8 < between.low < between.value < between.high < 1.5  # of normal values: 2 / root of pi, 1.13


def test_a_label_that_is_a_side_is_turned_round_by_a_reflection() -> None:
    told = by_label(audited(pictured("side"), magnitudes=(1.0,)))
    assert told["reflection"].levels[0].flips.low > 0.9
    assert told["reflection"].levels[0].loss.value > 0.9
    assert told["reflection"].unsafe_from == 1.0
    assert told["brightness"].safe_up_to == told["rotation"].safe_up_to == 1.0


def test_where_the_model_is_blind_nothing_is_safe_and_nothing_unsafe() -> None:
    audit = audited(pictured("nothing"), magnitudes=(0.1, 2.0))
    assert audit.blind
    assert all(one.safe_up_to is None and one.unsafe_from is None for one in audit.operations)


def test_what_changes_nothing_moves_nothing() -> None:
    (still,) = audited(pictured("brightness", 40), [transform("rotation", degrees=0)], magnitudes=(1.0,)).operations
    (level,) = still.levels
    for told in (level.change, level.loss, level.shifts.overall, *level.shifts.families.values(), level.most[0].shift):
        assert (told.value, told.low, told.high) == (0, 0, 0)
    assert (level.flips.value, level.flips.low) == (0, 0)
    assert level.flips.high == pytest.approx(1 - 0.025 ** (1 / 40))


def test_few_patients_with_many_images_cannot_show_that_something_is_safe() -> None:
    audit = audited(pictured("brightness", 80, per_patient=4), magnitudes=(0.1,))
    assert audit.patients == 20 < audit.smallest == 36
    assert all(one.safe_up_to is None for one in audit.operations)
    assert by_label(audit)["reflection"].levels[0].flips.value < 0.02


def test_the_same_seed_gives_the_same_audit_whatever_the_workers() -> None:
    cohort = pictured("brightness", 24)
    first = audited(cohort, magnitudes=(1.0,)).to_json()
    assert audited(cohort, magnitudes=(1.0,), jobs=2).to_json() == first
    assert audited(cohort, magnitudes=(1.0,), rng=np.random.default_rng(1)).to_json() == first
    assert audited(cohort, magnitudes=(1.0,), rng=2).to_json() != first
    assert ImageAudit.model_validate_json(first).to_json() == first


def test_no_model_sees_a_patient_that_it_predicts_nor_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, asked = pictured("nothing", 60, per_patient=3), []

    class Watch:
        def predict(self, x: np.ndarray, y: np.ndarray, x_test: np.ndarray, *others: Any) -> np.ndarray:
            assert not set(x[:, 0]) & set(x_test[:, 0] % 100)
            assert (x < 100).all(), "copies are no training images"
            assert len(x) == len(y)
            asked.append(len(x_test))
            return np.full(len(x_test), 0.5)

    monkeypatch.setattr(predictions, "LEARNER", Watch())
    monkeypatch.setattr(predictions.np, "clip", lambda values, low, high: values)
    own = cohort.subjects.astype(float)
    tables = np.stack([own, own + 100])[:, :, None]
    told = predictions.predicted(cohort, cohort.subjects, ["patient"], tables, np.random.default_rng(0))
    assert told.shape == (predictions.FITS, 2, 60, 2)
    assert sum(asked) == predictions.FITS * 2 * 60


def test_a_feature_beyond_all_images_counts_as_the_most_extreme_of_them() -> None:
    cohort, rng = pictured("nothing", 60), np.random.default_rng(0)
    own = cohort.y + rng.normal(0, 0.3, 60)
    far = np.where(cohort.y == 1, own + 1e6, own)
    told = predictions.predicted(cohort, cohort.subjects, ["a"], np.stack([own, far])[:, :, None], rng)
    assert told[:, 1, cohort.y == 1, 1].max() < 1 - 1e-4  # a straight line would be sure


def test_a_share_without_a_hit_is_not_known_to_be_0() -> None:
    counts = np.ones((10, 30))
    none = measures.share(np.zeros(30), counts, np.arange(30))
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 30))
    exact = stats.binomtest(7, 30).proportion_ci(0.95, method="exact")
    assert measures.exact(7, 30) == pytest.approx((exact.low, exact.high))
    assert measures.effective(np.repeat(np.arange(5), 6)) == 5
    assert measures.effective(np.array([0] * 9 + [1])) == pytest.approx(100 / 82)


def test_medians_and_aurocs_of_bootstrap_samples_are_those_of_the_drawn_images() -> None:
    rng = np.random.default_rng(3)
    values, truth = rng.normal(size=30).round(1), rng.random(30) < 0.4
    counts = rng.multinomial(30, np.full(30, 1 / 30), size=200).astype(float)
    drawn = [np.repeat(np.arange(30), row.astype(int)) for row in counts]
    told = measures.median(values, counts)
    medians = [np.median(values[rows]) for rows in drawn]
    assert (told.value, told.low, told.high) == pytest.approx((np.median(values), *np.quantile(medians, ENDS)))
    one, other = rng.normal(size=(2, 3, 30)).round(1)
    told = measures.auroc_difference(one, other, truth, counts)

    def gap(rows: np.ndarray) -> float:
        return float(
            np.mean([roc_auc_score(truth[rows], s[rows]) for s in one])
            - np.mean([roc_auc_score(truth[rows], s[rows]) for s in other])
        )

    gaps = [gap(rows) for rows in drawn]
    assert (told.value, told.low, told.high) == pytest.approx((gap(np.arange(30)), *np.quantile(gaps, ENDS)))


def test_two_images_of_one_label_are_of_two_patients() -> None:
    cohort = pictured("nothing", 40, per_patient=2)
    chosen = _partners(cohort.y.astype(int), cohort.subjects, np.random.default_rng(0))
    assert (cohort.y[chosen] == cohort.y).all()
    assert (cohort.subjects[chosen] != cohort.subjects).all()


def test_change_is_that_of_probabilities_and_flips_those_of_the_likeliest_label() -> None:
    """Three labels, two fits: half the sum of absolute changes, by hand."""
    real = np.array([[[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]], [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]]])
    made = np.array([[[0.2, 0.6, 0.2], [0.1, 0.6, 0.3]], [[0.5, 0.3, 0.2], [0.1, 0.5, 0.4]]])
    reading = Reading.__new__(Reading)
    reading.predicted = np.stack([real, made], axis=1)
    reading.counts, reading.groups = np.ones((3, 2)), np.arange(2)
    assert reading.flips(1).value == pytest.approx(1 / 4)
    assert reading.change(1).value == pytest.approx((0.3 + 0.0 + 0.0 + 0.1) / 4)


def test_transforms_are_told_apart_and_ranges_that_cannot_be_are_left_out() -> None:
    chain = [transform("reflection", axis=-1), transform("reflection", axis=-2), transform("elastic")]
    across, along, bent = plans(chain, (0.5, 1.0, 2.0))
    assert (across.label, along.label, bent.label) == ("reflection (axis -1)", "reflection (axis -2)", "elastic")
    assert [len(one.steps) for one in (across, bent)] == [1, 2]
    assert across.steps[0][1].p == 1.0
    assert "2× was left out" in bent.notes[0] and "strength" in bent.notes[0]


def test_safe_ends_before_the_first_magnitude_that_is_not_safe() -> None:
    """Flips of 0.01, 0.5, 0.01: what lies behind an unsafe magnitude is not safe to use."""

    class Fixed:
        def flips(self, k: int) -> Measured:
            return told(0.5 if k == 2 else 0.01)

        def __getattr__(self, name: str) -> Any:
            return lambda k: {"shifts": Shifts(overall=told(0.0), families={}), "most": []}.get(name, told(0.0))

    def told(value: float) -> Measured:
        return Measured(value=value, low=value - 0.01, high=value + 0.01)

    (plan,) = plans([transform("blur")], (0.5, 1.0, 2.0))
    control = Controls(flips=told(0.0), change=told(0.0), loss=told(0.0), shifts=Fixed().shifts(0), auroc=told(0.9))
    found = operation(plan, Fixed(), 1, [], control, 0.1, blind=False)  # type: ignore[arg-type]
    assert (found.safe_up_to, found.unsafe_from) == (0.5, 1.0)
    assert found.statement.startswith("Safe up to 0.5× (sigma 0.125 to 0.75): at most 2.0% ")
    assert [level.call for level in found.levels] == ["safe", "unsafe", "safe"]
    restless = control.model_copy(update={"flips": told(0.6)})
    found = operation(plan, Fixed(), 1, [], restless, 0.1, blind=False)  # type: ignore[arg-type]
    assert (found.safe_up_to, found.unsafe_from) == (0.5, None), "two fits differ by as much"
    assert operation(plan, Fixed(), 1, [], control, 0.1, blind=True).safe_up_to is None  # type: ignore[arg-type]


def test_a_copy_is_read_in_the_range_of_its_source() -> None:
    """Where each image had its own smallest and largest value, a brighter copy would look like its source."""
    pixels = np.random.default_rng(0).normal(0, 300, (12, 12)).astype(np.int16)
    camera = Camera(1, "mirror", 0, None)
    step = transform("brightness", share=[0.2, 0.2])
    names, seen = tables(Images.of([Image(pixels)]), [step], camera, 1, lambda done, total: None)
    mean = seen[:, 0, names.index("mean")]
    assert mean[1] - mean[0] == pytest.approx(0.2, abs=0.001)


def test_images_with_other_channels_are_refused() -> None:
    grey = np.zeros((9, 9), np.uint8)
    images = Images.of([Image(grey), Image(np.stack([grey] * 3, axis=-1))])
    with pytest.raises(BadInput, match="image 2 has others than image 1"):
        tables(images, [], Camera(1, "mirror", 0, None), 1, lambda done, total: None)


def test_volumes_with_three_labels() -> None:
    """The label is how bright the last slices are: a reflection along the slices makes the first ones so."""
    rng, levels = np.random.default_rng(0), ("low", "middle", "high")
    volumes = []
    for k in range(60):
        values = rng.normal(0, 60, (8, 9, 10))
        values[6:] += 150 * (k % 3)
        volumes.append(Image(values.astype(np.int16), volume=True, spacing=(3.0, 1.0, 1.0)))
    target = Variable(name="sign", kind="categorical", role="target", levels=levels)
    table = pd.DataFrame({"sign": pd.Categorical([levels[k % 3] for k in range(60)], categories=levels)})
    cohort = Cohort.real(table, Schema(variables=(target,))).with_block("image", Images.of(volumes))
    chain = [transform("reflection", axis=0), transform("reflection", axis=2)]
    slices, columns = audited(cohort, chain, value_range=(-400, 800), pictures=True).operations
    assert slices.levels[0].loss.low > 0.05
    assert slices.unsafe_from == 1.0
    assert columns.safe_up_to == 1.0
    assert slices.levels[0].picture != columns.levels[0].picture


def test_families() -> None:
    assert [family(name) for name in ("c2_p90", "entropy", "c0_joint_entropy", "lbp3", "c1_at_0_3", "haar1_2")] == [
        "values", "values", "texture", "texture", "layout", "texture",
    ]  # fmt: skip


def _made(cohort: Cohort) -> Cohort:
    return replace(cohort, provenance=Provenance.synthetic(len(cohort), Record("any", "1", {}, "0")))


def _continuous(cohort: Cohort) -> Cohort:
    target = Variable(name="sign", kind="numeric", role="target")
    schema = Schema(variables=(cohort.schema.variables[0], target))
    return replace(cohort, table=cohort.table.assign(sign=cohort.y), schema=schema)


@pytest.mark.parametrize(
    ("change", "how", "error", "found"),
    [
        (_made, {}, BadInput, "40 that were made"),
        (lambda c: replace(c, blocks={}), {}, BadInput, "a cohort with images"),
        (lambda c: c, {"magnitudes": (0.0, 1.0)}, BadInput, "magnitudes above 0"),
        (lambda c: c, {"magnitudes": (2.5,)}, BadInput, "2.5"),
        (lambda c: c, {"tolerance": 1.0}, BadInput, "tolerance"),
        (lambda c: c, {"chain": []}, BadInput, "one or more transforms"),
        (lambda c: c, {"border": "wrap"}, BadInput, "border"),
        (lambda c: c, {"chain": [transform("hue")]}, BadInput, "red, green and blue"),
        (_continuous, {}, NotApplicable, "continuous"),
        (lambda c: c.take(np.r_[0:40:2, 1:19:2]), {}, NotApplicable, "9 patients have the label there"),
    ],
)
def test_what_cannot_be_audited_is_refused(
    change: Any, how: dict[str, Any], error: type[Exception], found: str
) -> None:
    with pytest.raises(error, match=found):
        audited(change(pictured("brightness", 40)), **how)


def test_numbers_are_rounded_to_what_a_file_keeps() -> None:
    assert Measured(value=0.1 + 0.2, low=0.1, high=0.4).value == 0.3
