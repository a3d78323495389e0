"""The methods paragraph of a paper, with this study's numbers filled in."""

from __future__ import annotations

from fewfold.metrics.utility.learners import LEARNERS
from fewfold.metrics.utility.scores import SCORES
from fewfold.study.result import Composition, NegativeControl, Power, Provenance, Verdict
from fewfold.study.settings import Settings


def methods_paragraph(
    target: str,
    settings: Settings,
    composition: Composition,
    power: Power,
    control: NegativeControl,
    audit: Provenance,
    verdicts: list[Verdict],
    design: str,
) -> str:
    """Plain text to paste: data, design, arms, statistics, negative control, result."""
    initial = composition.initial
    classes = ", ".join(f"{n} with {level!r}" for level, n in initial.per_class.items())
    sites = f" from {initial.sites} sites" if initial.sites else ""
    sentences = [
        f"We studied whether synthetic data help to predict {target} in {initial.n} patients{sites}"
        f"{f' ({classes})' if classes else ''} with {initial.features} features "
        f"({100 * initial.missing:.1f} % of values missing).",
    ]
    if all(v.verdict == "not_estimable" for v in verdicts):
        return f"{sentences[0]} The cohort was not estimable: {power.statement}"
    sentences += [
        f"Methods under test were {_named(audit, 'under test')}, fitted on training patients alone, "
        f"with a ratio of synthetic to real rows of {_list([f'{r:g}' for r in settings.ratios])}, "
        + ("in every class in proportion." if settings.allocation == "proportional" else "towards equal classes."),
        f"Controls were {_named(audit, 'control')}, at the same number of rows.",
        f"Learners were {_list([_plain(LEARNERS[name].title) for name in settings.learners])} at fixed settings.",
        design,
        f"The primary outcome was the paired difference in {SCORES[settings.primary].title}, averaged over learners; "
        f"the smallest effect of interest was {settings.smallest_effect:g}. {power.statement}",
        "Intervals are the wider of the corrected resampled t interval (Nadeau and Bengio, 2003) and a "
        "patient-level bootstrap. A method was said to help if it beat every control (Holm-adjusted over methods and "
        "ratios) without loss of calibration, Brier score or net benefit.",
        control.statement,
        _outcome(verdicts),
        ("The protocol was locked before the first fit. " if settings.confirmatory else "")
        + f"Analyses used fewfold {audit.fewfold} "
        f"(scikit-learn {audit.packages['scikit-learn']}, seed {settings.seed}).",
    ]
    if not settings.confirmatory:
        sentences.insert(0, "A quick look, which supports no claim and is not for a paper.")
    return " ".join(sentences)


def _named(audit: Provenance, role: str) -> str:
    return _list([_plain(a.title) for a in audit.algorithms if a.role == role])


def _outcome(verdicts: list[Verdict]) -> str:
    told = [
        f"{v.method} at {v.ratio:g}x: {v.verdict.replace('_', ' ')}"
        + (
            f" ({v.primary.estimate:+.3f}, 95 % interval {v.primary.low:+.3f} to {v.primary.high:+.3f}, against "
            f"{v.primary.against})"
            if v.primary.estimate is not None
            else ""
        )
        for v in verdicts
    ]
    return f"Verdicts were {'; '.join(told)}."


def _plain(title: str) -> str:
    """A title inside a sentence: its first word small, unless it is a name such as SMOTE."""
    first = title.split()[0]
    return title if first.upper() == first or "-" in first else title[:1].lower() + title[1:]


def _list(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
