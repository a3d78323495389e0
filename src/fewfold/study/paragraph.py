"""The methods paragraph of a paper, with this study's numbers filled in."""

from __future__ import annotations

from collections.abc import Sequence

import fewfold
from fewfold.metrics.utility.judges import JUDGES
from fewfold.metrics.utility.scores import SCORES
from fewfold.study.arms import called
from fewfold.study.audit import packages
from fewfold.study.numbers import written
from fewfold.study.result import Composition, NegativeControl, Power, ProtocolKind, Verdict
from fewfold.study.settings import ArmSpec, Settings

TRAINED = {
    "joint": "",
    "pretrain": ", trained on synthetic rows first and on real rows last, those of the controls too",
}


def methods_paragraph(
    target: str,
    kind: ProtocolKind,
    settings: Settings,
    arms: Sequence[ArmSpec],
    composition: Composition,
    power: Power,
    control: NegativeControl,
    verdicts: list[Verdict],
    design: str,
    source: str = "",
) -> str:
    """Plain text to paste: data, design, arms that ran, statistics, negative control, result. ``source``: who taught
    beside the training patients."""
    initial = composition.initial
    classes = ", ".join(f"{n} with {level!r}" for level, n in initial.per_class.items())
    sites = f" from {initial.sites} sites" if initial.sites else ""
    about = (
        f"We studied whether synthetic data help to {_task(target, settings)} in {initial.n} patients{sites}"
        f"{f' ({classes})' if classes else ''} with {initial.features} features "
        f"({100 * initial.missing:.1f} % of values missing)."
    )
    if not arms:
        return f"{about} The cohort was not estimable: {power.statement}"
    controls = [called(arm) for arm in arms if arm in settings.controls]
    sentences = [
        about,
        _under_test(kind, settings, arms, source),
        f"Controls were {_list(controls)}, those that add rows at the same number of rows.",
        f"Learners were {_list([_plain(JUDGES[name].title) for name in settings.learners])} at fixed settings"
        f"{TRAINED[settings.training]}.",
        design,
        f"The primary outcome was the paired difference in {SCORES[settings.primary].title}, averaged over learners; "
        f"the smallest effect of interest was {settings.smallest_effect:g}. {power.statement}",
        _statistics(kind, settings),
        control.statement,
        _outcome(verdicts, settings),
        ("The protocol was locked before the first fit. " if kind == "study" else "")
        + f"Analyses used fewfold {fewfold.__version__} "
        f"(scikit-learn {packages()['scikit-learn']}, seed {settings.seed}).",
    ]
    if kind == "look":
        sentences.insert(0, "A quick look, which supports no claim and is not for a paper.")
    return " ".join(sentences)


def _under_test(kind: ProtocolKind, settings: Settings, arms: Sequence[ArmSpec], source: str) -> str:
    if kind == "validation":
        return (
            "The synthetic rows under test were made by another tool, "
            f"{settings.ratios[0]:g} for each real row of the training patients."
        )
    ran = [called(arm) for arm in arms if arm in settings.methods]
    if not ran:
        return f"Of the methods under test ({_list([called(arm) for arm in settings.methods])}) none could be run."
    share = "in every class in proportion" if settings.allocation == "proportional" else "towards equal classes"
    ratios = f"with a ratio of synthetic to real rows of {_list([f'{r:g}' for r in settings.ratios])}, {share}"
    taught = [called(arm) for arm in arms if arm.source]
    more = f" ({_list(taught)} also on {source}, as far as inner folds of them gained from it)" if taught else ""
    return f"Methods under test were {_list(ran)}, fitted on training patients alone{more}, {ratios}."


def _task(target: str, settings: Settings) -> str:
    if not settings.segment:
        return f"predict {target}"
    labels = "label" if len(settings.labels) == 1 else "labels"
    return f"find the mask {settings.segment} ({labels} {_list([str(label) for label in settings.labels])})"


def _statistics(kind: ProtocolKind, settings: Settings) -> str:
    intervals = "the wider of the corrected resampled t interval (Nadeau and Bengio, 2003) and a patient bootstrap"
    if kind == "validation":
        intervals = "from a bootstrap of the held-out patients, and hold for this training set and these rows"
    return (
        f"Intervals are {intervals}. To help, synthetic rows had to do better than every control (Holm-adjusted over "
        f"methods and ratios) without loss of {_guarded(settings)}."
    )


def _guarded(settings: Settings) -> str:
    if settings.segment:
        return "distance between surfaces (HD95)"
    if settings.times:  # of survival
        return "integrated Brier score"
    return "calibration, Brier score or net benefit"


def _outcome(verdicts: list[Verdict], settings: Settings) -> str:
    names = {arm.name: called(arm) for arm in (*settings.controls, *settings.methods)}
    told = []
    for v in verdicts:
        primary, call = v.primary, v.verdict.replace("_", " ")
        said = f"{names[v.method]} at {v.ratio:g}\N{MULTIPLICATION SIGN}: {call}"
        if primary.estimate is not None and primary.low is not None and primary.high is not None:
            estimate, low, high = (written(x, "+.3f") for x in (primary.estimate, primary.low, primary.high))
            against = names[primary.against or "none"]
            said += f" ({estimate}, 95 % interval {low} to {high}, against {against})"
        told.append(said)
    return f"Verdicts were {'; '.join(told)}."


def _plain(title: str) -> str:
    return title[:1].lower() + title[1:]


def _list(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
