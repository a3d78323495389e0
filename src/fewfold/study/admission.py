"""What is let in: settings that fit the cohort, and a cohort that is large enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from fewfold.core.cards import Target
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.rules import check_rules
from fewfold.methods.base import method
from fewfold.metrics.base import METRICS
from fewfold.study.arms import card_of
from fewfold.study.cells import IN_OUTCOME
from fewfold.study.composition import patients_per_class
from fewfold.study.settings import Settings


def checked(cohort: Cohort, given: dict[str, Any]) -> Settings:
    """Settings that are valid for this cohort, or ``BadInput``."""
    settings = valid(given, cohort.task)
    for arm in (*settings.controls, *settings.methods):
        method(arm.method, **arm.params)  # raises BadInput for an unknown name or parameter
    idle = [arm.name for arm in settings.methods if not card_of(arm).adds_rows]
    if idle:
        raise BadInput(
            expected="methods that make rows",
            found=f"{', '.join(idle)}, which adds no rows",
            fix="Such a method is an arm to compare with: name it among the controls.",
        )
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
    return settings


def valid(given: dict[str, Any], task: Target) -> Settings:
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
