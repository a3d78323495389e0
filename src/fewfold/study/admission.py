"""What is let in: settings that fit the cohort, and a cohort that is large enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data.blocks.images import BLOCK
from fewfold.data.cohort import Cohort
from fewfold.data.rules import check_rules
from fewfold.methods.base import check_borrows, method
from fewfold.methods.borrowing import check_source
from fewfold.metrics.base import METRICS
from fewfold.metrics.utility.judges import check_installed, of_images
from fewfold.metrics.utility.scores import Task
from fewfold.study.arms import card_of
from fewfold.study.cells import IN_OUTCOME
from fewfold.study.composition import patients_per_class
from fewfold.study.segmentation import patients_per_label, with_labels, without_masks
from fewfold.study.settings import Settings
from fewfold.study.survival import with_times


def checked(cohort: Cohort, given: dict[str, Any], source: Cohort | None = None) -> Settings:
    """Settings that are valid for this cohort and this source, or ``BadInput``; ``Leakage`` for a source that has
    synthetic rows or patients of the cohort."""
    settings = valid(given, "segmentation" if given.get("segment") else cohort.task)
    for arm in (*settings.controls, *settings.methods):
        method(arm.method, **arm.params)  # raises BadInput for an unknown name or parameter
    idle = [arm.name for arm in settings.methods if not card_of(arm).adds_rows]
    if idle:
        raise BadInput(
            expected="methods that make rows",
            found=f"{', '.join(idle)}, which adds no rows",
            fix="Such a method is an arm to compare with: name it among the controls.",
        )
    _check_source(cohort, settings, source)
    _check_images(cohort, settings)
    check_rules(cohort.schema)
    for name in settings.metrics:
        METRICS.get(name)
    joint = IN_OUTCOME & set(settings.metrics)
    if joint and settings.training != "joint":
        raise BadInput(
            expected=f'metrics that train as training = "{settings.training}" says',
            found=f"{', '.join(sorted(joint))}, which trains on all rows together",
            fix="Leave it out: the differences between the arms say the same, and are trained as set.",
        )
    check_subgroups(cohort, settings)
    for name in settings.learners:
        check_installed(name)
    if settings.segment:
        return with_labels(cohort, settings)
    return with_times(cohort, settings) if cohort.task == "survival" else settings


def _check_source(cohort: Cohort, settings: Settings, source: Cohort | None) -> None:
    """There is a source where a method under test learns from one, and nowhere else."""
    taught = [arm for arm in settings.methods if arm.source]
    for arm in taught:
        check_borrows(card_of(arm))
    wrong = [arm.name for arm in settings.controls if arm.source]
    if wrong or bool(taught) != (source is not None):
        raise BadInput(
            expected="a source, and methods under test that learn from it",
            found=f"the controls {', '.join(wrong)} with a source"
            if wrong
            else "methods with a source, and none given"
            if taught
            else "a source that no method learns from",
            fix="Name the file in the [source] section (in Python: Study(cohort, source=...)), and say of a method: "
            '{ method = "gaussian_copula", source = true, label = "borrowing" }.',
        )
    if source is not None:
        check_source(cohort, source)


def _check_images(cohort: Cohort, settings: Settings) -> None:
    """Where learners read images, all arms must make them, with the mask that is to be found."""
    readers = [name for name in settings.learners if of_images(name)]
    if not readers:
        return
    if BLOCK not in cohort.blocks:
        raise BadInput(
            expected=f"a cohort with images, which {', '.join(readers)} learns from",
            found="a table alone",
            fix="Read the images with ff.read_images, or leave that learner out.",
        )
    arms = (*settings.controls, *settings.methods)
    lacking = [a.name for a in arms if a.method != "none" and "image" not in card_of(a).modalities]
    what = f"arms that make images, which {', '.join(readers)} learns from"
    fix = "Leave it out, or study it with learners that read rows."
    if settings.segment and not lacking:
        lacking, what = list(without_masks(settings)), f"arms that make images with the mask {settings.segment}"
        fix = f'Say segment = "{settings.segment}" in the params of image_augmentation; leave other methods out.'
    if lacking:
        raise BadInput(expected=what, found=", ".join(lacking), fix=fix)


def valid(given: dict[str, Any], task: Task) -> Settings:
    """Settings with every choice made that depends on the kind of target, or ``BadInput``."""
    try:
        return Settings.model_validate(given).for_task(task)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "study"
        raise BadInput(
            expected="settings as in the reference of study.toml",
            found=f"{where}: {first['msg']}" + (f" ({first['input']!r})" if first["loc"] else ""),
            fix="Correct that line of the [study] section.",
        ) from error
    except ValueError as error:
        raise BadInput(
            expected="settings that fit the target", found=str(error), fix="Correct that setting."
        ) from error


def check_subgroups(cohort: Cohort, settings: Settings) -> None:
    """Raise ``BadInput`` for a subgroup that is no feature and no site."""
    for name in settings.subgroups:
        if cohort.schema[name].role not in ("feature", "sensitive", "site"):
            raise BadInput(
                expected="subgroups that are features or the site",
                found=f"{name!r}, whose role is {cohort.schema[name].role}",
                fix="Name another column, or change its role.",
            )


def obstacle(cohort: Cohort, settings: Settings) -> str:
    """Why nothing can be estimated, or an empty string."""
    if cohort.n_subjects < settings.min_subjects:
        return f"{cohort.n_subjects} patients; at least {settings.min_subjects} are needed"
    if not cohort.schema.features:
        return "there is no feature to learn from"
    if settings.segment:
        rare = {k: n for k, n in patients_per_label(cohort, settings.segment).items() if n < settings.min_per_class}
        told = ", ".join(f"{n} with label {k}" for k, n in rare.items() if k in settings.labels)
        return f"too few patients with a label: {told}; at least {settings.min_per_class} are needed" if told else ""
    if cohort.task == "survival" and (events := int((cohort.y > 0).sum())) < settings.min_per_class:
        return f"too few patients with the event: {events}; at least {settings.min_per_class} are needed"
    counts = patients_per_class(cohort)
    few = {level: n for level, n in counts.items() if n < settings.min_per_class}
    if few:
        told = ", ".join(f"{n} with {level!r}" for level, n in few.items())
        return f"too few patients in a class: {told}; at least {settings.min_per_class} are needed in each"
    return ""


def refusing(settings: Settings, train: Cohort) -> Iterator[tuple[str, str]]:
    """The methods under test that are not for these training patients by their cards, with the reason."""
    for arm in settings.methods:
        try:
            method(arm.method, **arm.params).check(train)
        except NotApplicable as absent:
            yield arm.name, absent.reason
