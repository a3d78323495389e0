"""The same judgement for synthetic rows that any other tool has made: one split, given by the user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import fewfold
from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.core.files import digest
from fewfold.core.seeds import derive
from fewfold.core.types import Floats
from fewfold.data.cohort import Cohort
from fewfold.data.units import by_unit, units
from fewfold.methods.base import method
from fewfold.metrics.base import Comparison
from fewfold.study import audit, summary
from fewfold.study.about import LEAST_FEATURES, MOST_COPIES, about_data
from fewfold.study.admission import check_subgroups, obstacle, valid
from fewfold.study.arms import SUPPLIED
from fewfold.study.assemble import assemble, refusal
from fewfold.study.contrasts import contrasts, score_all
from fewfold.study.figures import figures
from fewfold.study.findings import finding
from fewfold.study.learning import from_rows
from fewfold.study.measuring import measure_all
from fewfold.study.noise import negative_control, permuted
from fewfold.study.outcomes import ArmKey, Predicted
from fewfold.study.power import plan_power
from fewfold.study.result import Finding, Result
from fewfold.study.settings import ArmSpec, Settings, Training
from fewfold.study.stop import stops
from fewfold.study.subgroups import subgroups as groups_of
from fewfold.study.survival import with_event, with_times
from fewfold.study.three_files import read_three
from fewfold.study.three_folders import read_three_folders
from fewfold.study.verdict import Evidence, verdicts

TITLE = "Validation of synthetic rows"
DRAWS_OF_CONTROLS = 5  # controls are random: each is drawn so often


def validate(
    *,
    train: Cohort,
    holdout: Cohort,
    synthetic: Cohort,
    seed: int = 0,
    title: str = TITLE,
    training: Training = "joint",
    release: str = "internal",
    subgroups: Sequence[str] = (),
    excluded: Mapping[str, int] | None = None,
) -> Result:
    """Judge ``synthetic`` rows that were made from ``train`` and never saw ``holdout``.

    Learners are trained on train, and on train with the synthetic rows, and tested on holdout; the controls are drawn
    at the same number of rows. Intervals are from a bootstrap of the holdout patients: they hold for this training set
    and these rows, and not for the tool in general. With ``training = "pretrain"`` learners see the synthetic rows
    first and the real ones last, those of the controls too. ``release`` and ``subgroups`` are settings of a study;
    ``excluded`` says how many rows were left out, and why. Raises ``Leakage`` where a patient is in both real parts.
    """
    if train.schema.role("subject") is None:  # rows are patients, and two tables may number them alike
        holdout = replace(holdout, table=holdout.table.set_axis(np.arange(len(holdout)) + train.table.index.max() + 1))
    if train.task == "survival":
        train, holdout, synthetic = with_event(train, holdout, synthetic)
    train, holdout = train.as_part("train"), holdout.as_part("holdout")
    comparison = Comparison(train, holdout, synthetic)
    shared = _shared(train, holdout)
    _check_rows(holdout, synthetic)
    ratio = round(len(synthetic) / len(train), 4)
    chosen = {"training": training, "release": release, "subgroups": subgroups, "repeats": DRAWS_OF_CONTROLS}
    settings = valid({"title": title, "seed": seed, "methods": (SUPPLIED,), "ratios": (ratio,), **chosen}, train.task)
    check_subgroups(train, settings)
    settings = with_times(holdout, settings) if train.task == "survival" else settings
    protocol = _protocol(settings, comparison)
    why_not = obstacle(train, settings) or _holdout_obstacle(holdout, settings)
    power = plan_power(holdout, settings, None, estimable=not why_not)
    about = [*shared, *_without_classes(train, synthetic), *about_data(train, power, dict(excluded or {}))]
    parts = refusal(settings, why_not, about) if why_not else _judged(comparison, settings, about)
    return assemble(
        train,
        settings,
        power,
        protocol,
        design=f"Every model was tested on {holdout.n_subjects} held-out real patients.",
        excluded=dict(excluded or {}),
        cells=0,
        kind="validation",
        **parts,
    )


def validate_files(
    train: str | Path,
    holdout: str | Path,
    synthetic: str | Path,
    *,
    target: str | None = None,
    subject: str | None = None,
    site: str | None = None,
    time: str | None = None,
    event: str | None = None,
    schema: str | Path | None = None,
    mask: str = "",
    release: str | None = None,
    training: Training | None = None,
    seed: int = 0,
) -> Result:
    """:func:`validate` on three tables with the same columns, or on three folders of images.

    ``schema`` is a ``study.toml``: its variables, its rules, what its ``[data]`` says of the target, and ``release``,
    ``subgroups`` and ``training`` of its ``[study]``, unless they are given here. Without one ``target`` is needed, and
    kinds and levels are taken from the real tables. For folders, and ``mask``, see
    :func:`~fewfold.study.three_folders.read_three_folders`.
    """
    roles = {"target": target, "subject": subject, "site": site}
    if Path(train).is_dir():
        if schema or time or event:
            raise BadInput(
                expected="for folders a target, and perhaps a subject, a site and a mask",
                found="an option that is for tables: schema, time or event",
                fix="Leave it out; follow-up of patients with images is not judged yet.",
            )
        three = read_three_folders(train, holdout, synthetic, mask=mask, **roles)
    elif mask:
        raise BadInput(expected="folders of images, for a mask", found="tables", fix="Leave the mask out.")
    else:
        three = read_three(train, holdout, synthetic, schema=schema, time=time, event=event, **roles)
    given = {"release": release, "training": training}
    settings = {**three.settings, **{name: value for name, value in given.items() if value is not None}}
    return validate(
        train=three.train,
        holdout=three.holdout,
        synthetic=three.synthetic,
        seed=seed,
        title=f"Validation of the {'images' if Path(train).is_dir() else 'rows'} in {Path(synthetic).name}",
        excluded=three.excluded,
        **settings,
    )


def _protocol(settings: Settings, comparison: Comparison) -> dict[str, Any]:
    content: dict[str, Any] = {
        "fewfold": {"version": fewfold.__version__, "code": audit.code_hash(), **audit.packages()},
        "settings": settings.model_dump(mode="json"),
        "schema": comparison.train.schema.model_dump(mode="json", exclude_none=True),
        "data": {
            name: audit.describe(part, name)
            for name, part in (
                ("train", comparison.train),
                ("holdout", comparison.holdout),
                ("synthetic", comparison.synthetic),
            )
        },
        "splits": "",
    }
    return {"hash": digest(content), **content}


def _check_rows(holdout: Cohort, synthetic: Cohort) -> None:
    real = int((~synthetic.provenance.is_synthetic).sum())
    if 0 < real < len(synthetic):  # an expanded cohort; a cohort of another tool has no provenance that says it
        raise Leakage(
            expected="synthetic rows only",
            found=f"{real} real ones among {len(synthetic)} by their provenance",
            fix="Pass what the method has sampled, without the cohort that it was fitted on.",
        )
    if np.isnan(synthetic.y).any():
        raise BadInput(
            expected="a value of the target in every synthetic row",
            found=f"{int(np.isnan(synthetic.y).sum())} rows of {len(synthetic)} without a known one",
            fix="Check the spelling of the classes, or leave those rows out and report how many.",
        )
    copies = _in_both(holdout, synthetic)
    if copies > len(holdout) / 2:
        raise Leakage(
            expected="synthetic rows that were made without the holdout",
            found=f"{copies} of the {len(holdout)} holdout rows among them",
            fix="Check which file was given as which. Rows made from the holdout cannot be judged on it.",
        )


def _in_both(one: Cohort, other: Cohort) -> int:
    """Rows of one table that stand in the other too."""
    known = set(_records(other))
    return sum(record in known for record in _records(one))


def _shared(train: Cohort, holdout: Cohort) -> list[Finding]:
    """A finding where holdout rows equal training rows in a table in which training rows equal each other too;
    ``Leakage`` where they do so more often than that."""
    copies, alike = _in_both(holdout, train), _twins(train)
    if copies > (alike + MOST_COPIES) * len(holdout):
        raise Leakage(
            expected="a holdout of patients who are not in train",
            found=f"{copies} of its {len(holdout)} rows in train too, each value the same, where "
            f"{100 * alike:.0f} % of the training rows equal another one",
            fix="Leave those rows out of one of the two files and make the synthetic rows anew, without the holdout. "
            "If they are different rows of the same patients, name the patient with --subject and split by patient.",
        )
    told = f"{copies} of {len(holdout)} holdout rows equal a training row"
    return [finding("FF106", told)] if copies > MOST_COPIES * len(holdout) else []


def _twins(cohort: Cohort) -> float:
    """The share of rows that equal another row."""
    counts = Counter(_records(cohort))
    return sum(n for n in counts.values() if n > 1) / len(cohort)


def _records(cohort: Cohort) -> list[bytes]:
    """Each row as it stands, features and target; none in tables of so few features that patients are alike."""
    if len(cohort.schema.features) < LEAST_FEATURES:
        return []
    return [row.tobytes() for row in np.nan_to_num(cohort.modelled, nan=np.inf) + 0.0]


def _without_classes(train: Cohort, synthetic: Cohort) -> list[Finding]:
    """A finding where a class of the real patients has no synthetic rows."""
    made = synthetic.class_counts
    absent = [level for level, n in train.class_counts.items() if n and not made.get(level)]
    if not absent:
        return []
    present = [level for level, n in made.items() if n]
    if len(present) > 1:
        return [finding("FF507", f"no synthetic row with {', '.join(map(repr, absent))}", method=SUPPLIED)]
    told = (
        f"all {len(synthetic)} synthetic rows have {present[0]!r}: whatever marks a row as synthetic then marks that "
        "class. If the others are missing by mistake, give the whole file"
    )
    return [finding("FF506", told, method=SUPPLIED)]


def _holdout_obstacle(holdout: Cohort, settings: Settings) -> str:
    told = obstacle(holdout, settings.model_copy(update={"min_subjects": 20, "min_per_class": 5}))
    return f"in the holdout, {told}" if told else ""


def _judged(comparison: Comparison, settings: Settings, about: list[Finding]) -> dict[str, Any]:
    predicted = _predicted(comparison, settings, "outcome")
    scored = score_all(predicted)
    rows = contrasts(scored, settings)
    validity = measure_all(comparison, seed=settings.seed, ratio=settings.ratios[0], anchors=True)
    groups = groups_of(comparison.holdout, scored, settings)
    given, found = verdicts(Evidence(settings, predicted.task, rows, validity, predicted.absent, groups))
    on_noise = score_all(_predicted(_noisy(comparison, settings), settings, "noise"), only={settings.primary})
    control = negative_control(on_noise, settings)
    if not control.passed:
        found = [finding("FF602", control.statement), *found]
    return {
        "verdicts": given,
        "negative_control": control,
        "contrasts": rows,
        "stops": stops(given),
        "subgroups": groups,
        "metrics": summary.utility(scored) + validity,
        "findings": [*about, *found],
        "figures": figures(comparison.train, {SUPPLIED: comparison.synthetic}, predicted),
    }


def _predicted(comparison: Comparison, settings: Settings, stage: str) -> Predicted:
    train, holdout = comparison.train, comparison.holdout
    arms: dict[ArmKey, dict[str, Floats]] = {}
    absent: dict[str, str] = {}
    for spec in settings.controls:
        try:
            draws = [_with_control(spec, comparison, settings, f"{stage}-{k}") for k in range(DRAWS_OF_CONTROLS)]
        except NotApplicable as reason:
            absent[spec.name] = reason.reason
            continue
        ratio = settings.ratios[0] if len(draws[0][0]) > len(train) else 0.0
        arms[spec.name, ratio] = _stacked(draws, comparison, settings)
    expanded = Cohort.concat([train, comparison.synthetic])
    arms[SUPPLIED, settings.ratios[0]] = _stacked([(expanded, None)] * DRAWS_OF_CONTROLS, comparison, settings)
    y = by_unit(holdout.y, units(holdout))
    classes = len(train.schema.target.levels or ()) if train.schema.target else 0
    folds = np.zeros((DRAWS_OF_CONTROLS, len(y)), dtype=np.int64)
    first = np.unique(units(holdout), return_index=True)[1]
    clusters = np.unique(holdout.subjects[first], return_inverse=True)[1]
    return Predicted(train.task, classes, y, clusters, folds, arms, absent, settings.seed, None, settings.times)


def _with_control(spec: ArmSpec, comparison: Comparison, settings: Settings, use: str) -> tuple[Cohort, Floats | None]:
    rng = derive(settings.seed, use, spec.name)
    fitted = method(spec.method, **spec.params).fit(comparison.train, rng=rng)
    if not fitted.card.adds_rows:
        return comparison.train, fitted.row_weights(comparison.train)
    return Cohort.concat([comparison.train, fitted.sample(len(comparison.synthetic), rng=rng)]), None


def _stacked(
    draws: list[tuple[Cohort, Floats | None]], comparison: Comparison, settings: Settings
) -> dict[str, Floats]:
    """(draws, patients) predictions by learner; a training set, real rows first, that repeats is fitted once."""
    out, holdout = {}, comparison.holdout
    for name in settings.learners:
        done: dict[int, Floats] = {}
        for rows, weights in draws:
            if id(rows) not in done:
                n_real = len(comparison.train)
                done[id(rows)] = from_rows(name, rows.matrix, rows.y, holdout, settings, weights, n_real)
        out[name] = np.stack([done[id(rows)] for rows, _ in draws])
    return out


def _noisy(comparison: Comparison, settings: Settings) -> Comparison:
    """Labels permuted within each of the three sets."""
    return replace(
        comparison,
        train=permuted(comparison.train, settings.seed),
        holdout=permuted(comparison.holdout, settings.seed + 1),
        synthetic=permuted(comparison.synthetic, settings.seed + 2),
    )
