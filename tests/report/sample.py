"""A made-up result with everything in it, hostile names included."""

from __future__ import annotations

import math
from random import Random
from typing import Any, Literal

from fewfold.study import result as r
from fewfold.study import result_figures as drawn

HOSTILE = (
    "<script>alert(1)</script>",
    "a \"quoted\" & 'single' name",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "{% raise %}",
    "حالة المريض",
    "‮reversed",
    "Größe 身長 🧬",
    "c" * 80,
    "</svg><style>*{display:none}</style>",
    '</title><a href="javascript:alert(1)">x</a>',
)
METHODS = ("smote", "gaussian_copula", "sequential_trees")
CONTROLS = ("none", "class_weights", "duplication", "noise_jitter")
TITLES = {
    "smote": "SMOTE",
    "gaussian_copula": "Class-conditional Gaussian copula",
    "sequential_trees": "Sequential trees",
    "none": "No augmentation",
    "class_weights": "Class weights",
    "duplication": "Count-matched duplication",
    "noise_jitter": "Noise jitter",
}
LEARNERS = ("logistic", "boosting")
RATIOS = (1.0, 2.0, 5.0)
SCORES = {
    "auroc": ("AUROC", "higher", None, 0.78, 0.05),
    "brier": ("Brier score", "lower", None, 0.172, 0.02),
    "calibration_slope": ("Calibration slope", "nearer", 1.0, 0.83, 0.2),
    "net_benefit": ("Net benefit at the prevalence", "higher", None, 0.12, 0.03),
}
VALIDITY = {
    "ks": (
        "fidelity",
        "Kolmogorov-Smirnov distance",
        "lower",
        0.11,
        "How far apart is each distribution at its worst?",
    ),
    "association": ("fidelity", "Association difference", "lower", 0.09, "Is the dependence between variables kept?"),
    "c2st": ("fidelity", "Classifier two-sample test", "lower", 0.55, "Can synthetic rows be told from real ones?"),
    "coverage": ("diversity", "Coverage", "higher", 0.86, "How many real patients have a synthetic row near them?"),
    "rule_violations": ("plausibility", "Rule violations", "lower", 0.01, "How many rows break a rule?"),
    "exact_copies": ("privacy", "Exact copies", "lower", 0.0, "How many rows equal a training patient?"),
    "tstr": ("utility", "Trained on synthetic, tested on real", "higher", 0.75, ""),
}
VARIABLES = ("age", "bilirubin", "albumin", "stage", "sex", "ascites", *HOSTILE)


def sample(
    *,
    variables: tuple[str, ...] = VARIABLES,
    methods: tuple[str, ...] = METHODS,
    passed: bool = True,
    title: str = "Primary biliary cholangitis: death within 3 years",
) -> r.Result:
    """A binary study; the calls are spread so that every verdict stands once."""
    draw = Random(7)
    levels = {"yes": 96, HOSTILE[0]: 216}
    contrasts = _contrasts(draw, methods)
    return r.Result(
        title=title,
        target="death within 3 years",
        task="binary",
        verdicts=_verdicts(methods, contrasts),
        minimum_detectable_effect=0.0467,
        power=r.Power(
            metric="auroc",
            minimum_detectable_effect=0.0467,
            power=0.8,
            alpha=0.05,
            smallest_effect=0.02,
            assumptions={"correlation_between_arms": 0.9, "patients": 312.0},
            statement="With 312 patients a difference in auroc of 0.047 or more is found with a probability of 80 %.",
        ),
        negative_control=r.NegativeControl(
            passed=passed,
            ran=True,
            splits=10,
            helps=[] if passed else ["smote@5"],
            baseline=0.497,
            low=0.451,
            high=0.543,
            expected=0.5,
            statement="With permuted labels auroc was 0.497 (99 % interval 0.451 to 0.543; noise gives 0.500).",
        ),
        composition=_composition(levels, methods),
        contrasts=contrasts,
        metrics=[*_utility(draw, methods), *_validity(draw, methods)],
        measures=[
            *(r.Measure(name=n, title=t, better=b, best=best) for n, (t, b, best, _, _) in SCORES.items()),  # type: ignore[arg-type]
            *(r.Measure(name=n, title=t, better=b, question=q) for n, (_, t, b, _, q) in VALIDITY.items()),  # type: ignore[arg-type]
        ],
        findings=_findings(methods),
        figures=_figures(draw, variables, methods),
        methods_paragraph="We studied whether synthetic data help to predict death within 3 years in 312 patients from "
        "4 sites (96 yes, 216 no) with 17 features. The primary outcome was the paired difference in AUROC. "
        f"Names such as {HOSTILE[0]} are kept as they are.",
        protocol=r.Protocol(
            hash="9f2c" * 16,
            settings={"seed": 20, "ratios": list(RATIOS), "allocation": "proportional", "title": HOSTILE[2]},
            splits_hash="0a1b" * 16,
            confirmatory=True,
        ),
        provenance=_provenance(variables, methods),
    )


def not_estimable() -> r.Result:
    """A study of a cohort that is too small: a reason, and no number."""
    full = sample()
    primary = r.Primary(metric="auroc", estimate=None, low=None, high=None, against=None)
    reason = "22 patients; at least 30 are needed"
    return full.model_copy(
        update={
            "verdicts": [
                r.Verdict(
                    method=m,
                    ratio=ratio,
                    verdict="not_estimable",
                    reason=f"Not estimable: {reason}.",
                    primary=primary,
                    findings=["FF601"],
                )
                for m in METHODS
                for ratio in RATIOS
            ],
            "minimum_detectable_effect": None,
            "power": full.power.model_copy(
                update={
                    "minimum_detectable_effect": None,
                    "statement": "With 22 patients no difference can be estimated.",
                }
            ),
            "negative_control": r.NegativeControl(
                passed=None, ran=False, splits=0, helps=[], statement=f"Not run: {reason}."
            ),
            "contrasts": [],
            "metrics": [],
            "findings": [r.Finding(code="FF601", severity="critical", title="Not estimable", detail=reason)],
            "figures": drawn.Figures(),
            "composition": full.composition.model_copy(update={"final": []}),
            "provenance": full.provenance.model_copy(update={"algorithms": [], "learners": {}}),
        }
    )


def _effect(method: str, ratio: float) -> float:
    return {"smote": -0.02, "gaussian_copula": 0.012, "sequential_trees": 0.001}.get(method, 0.0) * math.sqrt(ratio)


def _contrasts(draw: Random, methods: tuple[str, ...]) -> list[r.Contrast]:
    rows = []
    for m in methods:
        for ratio in RATIOS:
            pairs = [("auroc", c, who) for c in CONTROLS for who in ("all", *LEARNERS)]
            pairs += [(s, "none", "all") for s in SCORES if s != "auroc"]
            for metric, against, learner in pairs:
                estimate = _effect(m, ratio) + draw.gauss(0, 0.004)
                half = 0.02 + 0.006 * draw.random() + 0.004 * ratio
                rows.append(
                    r.Contrast(
                        method=m,
                        ratio=ratio,
                        against=against,
                        metric=metric,
                        learner=learner,
                        estimate=estimate,
                        low=estimate - half,
                        high=estimate + half,
                        p=min(1.0, math.exp(-3 * abs(estimate) / half)),
                        p_holm=0.4 if learner == "all" and against == "none" else None,
                    )
                )
    return rows


_CALLS: dict[tuple[str, float], tuple[r.Call, str, list[str]]] = {
    ("smote", 1.0): ("no_evidence", "No evidence: a gain of 0.02 can be neither shown nor ruled out.", ["FF303"]),
    ("smote", 2.0): ("harms", "Harms: auroc is worse than without augmentation, by −0.028.", ["FF202", "FF303"]),
    ("smote", 5.0): ("harms", "Harms: auroc is worse than without augmentation, by −0.045.", ["FF202", "FF303"]),
    ("gaussian_copula", 1.0): ("no_evidence", "No evidence: a gain of 0.02 can be neither shown nor ruled out.", []),
    ("gaussian_copula", 2.0): ("helps", "Helps: auroc is better than with the best control, duplication.", ["FF201"]),
    ("gaussian_copula", 5.0): ("not_estimable", "Not estimable: a training set was refused <b>here</b>.", ["FF603"]),
}


def _verdicts(methods: tuple[str, ...], contrasts: list[r.Contrast]) -> list[r.Verdict]:
    out = []
    blocked: tuple[r.Call, str, list[str]] = ("blocked", "Blocked: training patients are copied (3 of 156).", ["FF301"])
    for m in methods:
        for ratio in RATIOS:
            call, reason, codes = _CALLS.get((m, ratio), blocked)
            rows = [c for c in contrasts if (c.method, c.ratio, c.learner, c.metric) == (m, ratio, "all", "auroc")]
            worst = min(rows, key=lambda c: c.estimate)
            primary = r.Primary(
                metric="auroc", estimate=worst.estimate, low=worst.low, high=worst.high, against=worst.against, p=0.031
            )
            if call == "not_estimable":
                primary = r.Primary(metric="auroc", estimate=None, low=None, high=None, against=None)
            out.append(r.Verdict(method=m, ratio=ratio, verdict=call, reason=reason, primary=primary, findings=codes))
    return out


def _composition(levels: dict[str, int], methods: tuple[str, ...]) -> r.Composition:
    initial = r.Initial(
        n=312,
        rows=330,
        per_class=levels,
        rows_per_class={k: n + 9 for k, n in levels.items()},
        sites=4,
        features=17,
        missing=0.041,
        excluded={"without a value of the target": 6, HOSTILE[0]: 2},
    )
    final = []
    for m in (*CONTROLS, *methods):
        for ratio in (0.0,) if m in CONTROLS[:2] else RATIOS:
            final.append(
                r.Final(
                    method=m,
                    ratio=ratio,
                    n=round(330 * (1 + ratio)),
                    synthetic=round(330 * ratio),
                    per_class={k: round((n + 9) * (1 + ratio)) for k, n in levels.items()},
                    expansion=1 + ratio,
                    expansion_per_class=dict.fromkeys(levels, 1 + ratio),
                )
            )
    return r.Composition(initial=initial, final=final)


def _utility(draw: Random, methods: tuple[str, ...]) -> list[r.MetricRow]:
    rows = []
    for arm in (*CONTROLS, *methods):
        for ratio in (0.0,) if arm in CONTROLS[:2] else RATIOS:
            for learner in LEARNERS:
                for score, (_, better, _, level, half) in SCORES.items():
                    sign = -1 if better == "lower" else 1
                    value = level + sign * _effect(arm, ratio) + draw.gauss(0, 0.1 * half)
                    rows.append(
                        r.MetricRow(
                            name=score,
                            family="utility",
                            method=arm,
                            ratio=ratio,
                            learner=learner,
                            value=value,
                            low=value - half,
                            high=value + half,
                            n=312,
                            null=r.Range(low=level - half, high=level + half),
                        )
                    )
    rows.append(
        r.MetricRow(
            name="auroc",
            family="utility",
            method="adasyn",
            ratio=1.0,
            value=None,
            low=None,
            high=None,
            n=312,
            status="not_applicable",
            reason=f"no neighbours for {HOSTILE[0]}",
        )
    )
    return rows


def _validity(draw: Random, methods: tuple[str, ...]) -> list[r.MetricRow]:
    rows = []
    for name, (family, _, better, level, _) in VALIDITY.items():
        for arm in (*CONTROLS[2:], *methods):
            off = draw.gauss(0, 0.4) + (1.8 if arm == "smote" else 0)
            value = max(0.0, level + (0.25 * level + 0.005) * off * (1 if better == "lower" else -0.3))
            absent = name == "c2st" and arm == "noise_jitter"
            rows.append(
                r.MetricRow(
                    name=name,
                    family=family,  # type: ignore[arg-type]
                    method=arm,
                    ratio=1.0,
                    value=None if absent else value,
                    low=None if absent else max(0.0, value - 0.15 * level - 0.003),
                    high=None if absent else value + 0.15 * level + 0.003,
                    n=156,
                    null=r.Range(low=0.8 * level, high=1.2 * level + 0.01),
                    status="not_applicable" if absent else "ok",
                    reason="needs 40 patients; there are 30" if absent else None,
                )
            )
    return rows


def _findings(methods: tuple[str, ...]) -> list[r.Finding]:
    def one(code: str, severity: r.Severity, title: str, detail: str, **about: Any) -> r.Finding:
        return r.Finding(code=code, severity=severity, title=title, detail=detail, **about)

    return [
        one("FF101", "warning", "Rows were left out", "6 rows without a value of the target"),
        one("FF105", "info", "Columns were not used", ", ".join(HOSTILE)),
        one("FF604", "warning", "A small gain would be missed", "With 312 patients a difference of 0.047 is found."),
        *(
            one("FF202", "critical", "Discrimination lost", f"auroc is worse, by {d}", method="smote", ratio=ratio)
            for ratio, d in ((2.0, "−0.028"), (5.0, "−0.045"))
        ),
        one("FF201", "info", "Gain over every control", "auroc is better", method="gaussian_copula", ratio=2.0),
        one("FF301", "critical", "Training patients are copied", "3 of 156 rows", method=methods[-1]),
        one("FF303", "warning", "For internal training only", "smote is for internal training only", method="smote"),
        one("FF603", "info", "A method does not apply", HOSTILE[0], method="gaussian_copula", ratio=5.0),
    ]


def _figures(draw: Random, variables: tuple[str, ...], methods: tuple[str, ...]) -> drawn.Figures:
    k = len(variables)
    real = [[round(math.cos(i - j) * 0.9 ** abs(i - j), 4) for j in range(k)] for i in range(k)]
    unknown: list[list[float | None]] = [
        [None if {i, j} == {0, 1} else x for j, x in enumerate(row)] for i, row in enumerate(real)
    ]
    made: dict[str, list[list[float | None]]] = {
        m: [[round(0.8 * x + draw.gauss(0, 0.05), 4) for x in row] for row in real] for m in methods
    }
    return drawn.Figures(
        distributions=[_distribution(draw, name, i, methods) for i, name in enumerate(variables)],
        associations=drawn.Associations(variables=list(variables), real=unknown, synthetic=made),
        calibration=[
            _calibration(draw, arm, ratio, learner)
            for arm in (*CONTROLS, *methods)
            for ratio in ((0.0,) if arm in CONTROLS[:2] else RATIOS)
            for learner in LEARNERS
        ],
        networks=[_network(draw, methods[-1], variables)],
        follow_up=[_kaplan(draw, ending, methods[:2]) for ending in ("event", "censoring")],
    )


def _kaplan(draw: Random, ending: Literal["event", "censoring"], methods: tuple[str, ...]) -> drawn.Kaplan:
    times = [60.0 * k for k in range(30)]
    real = [math.exp(-t / 1500) for t in times]
    return drawn.Kaplan(
        ending=ending,
        unit="d",
        times=times,
        real=real,
        low=[0.9 * share for share in real],
        high=[min(1.0, 1.05 * share) for share in real],
        synthetic={m: [share ** draw.uniform(0.9, 1.1) for share in real] for m in methods},
    )


def _network(draw: Random, method: str, variables: tuple[str, ...]) -> drawn.Network:
    """Each variable after the first has one or two of those before it as parents."""
    edges = [
        drawn.Edge(parent=parent, child=child, strength=draw.expovariate(0.1))
        for j, child in enumerate(variables)
        for parent in draw.sample(variables[:j], min(j, draw.randint(1, 2)))
    ]
    return drawn.Network(method=method, edges=sorted(edges, key=lambda edge: -edge.strength))


def _distribution(draw: Random, name: str, i: int, methods: tuple[str, ...]) -> drawn.Distribution:
    levels = None if i % 3 != 2 else ["never", "once", "often", HOSTILE[0], "x" * 80][: 2 + i % 4]
    shape = (
        [math.exp(-(((b - 7 - i % 5) / 4) ** 2)) for b in range(20)]
        if levels is None
        else [3.0, 2, 1, 1, 1][: len(levels)]
    )

    def shares() -> list[float]:
        raw = [s * math.exp(draw.gauss(0, 0.2)) for s in shape]
        return [x / sum(raw) for x in raw]

    return drawn.Distribution(
        variable=name,
        label=name,
        unit="mg/dL" if i % 2 else None,
        kind="numeric" if levels is None else "categorical",
        edges=[18 + 3.1 * b for b in range(21)] if levels is None else None,
        levels=levels,
        real=shares(),
        synthetic={m: shares() for m in methods},
        missing_real=0.04 * (i % 3),
        missing_synthetic=dict.fromkeys(methods, 0.05 * (i % 3)),
    )


def _calibration(draw: Random, arm: str, ratio: float, learner: str) -> drawn.Calibration:
    predicted = [0.08, 0.17, 0.28, 0.45, 0.72]
    observed = [min(0.98, max(0.02, p + draw.gauss(0, 0.05))) for p in predicted]
    return drawn.Calibration(
        method=arm,
        ratio=ratio,
        learner=learner,
        predicted=predicted,
        observed=observed,
        low=[max(0.0, o - 0.1) for o in observed],
        high=[min(1.0, o + 0.1) for o in observed],
        n=[63, 63, 62, 62, 62],
    )


def _provenance(variables: tuple[str, ...], methods: tuple[str, ...]) -> r.Provenance:
    return r.Provenance(
        fewfold="0.1.0",
        python="3.11.7",
        packages={"numpy": "2.4.6", "scikit-learn": "1.9.1"},
        code_hash="77aa" * 16,
        seed=20,
        data={"name": HOSTILE[2], "sha256_salted": "c0de" * 16, "rows": 330, "columns": 18},
        schema_={"variables": [{"name": v, "kind": "numeric", "unit": "mg/dL", "low": 0} for v in variables]},
        algorithms=[
            r.Algorithm(
                name=name,
                title=TITLES.get(name, name),
                family="control" if name in CONTROLS else "generator",
                role="control" if name in CONTROLS else "under test",
                version="0.1.0",
                params={} if name == "none" else {"neighbours": 5, "note": HOSTILE[3]},
                references=["10.1613/jair.953", "arXiv:2510.15083"] if name == "smote" else [],
                release="internal",
            )
            for name in (*CONTROLS, *methods)
        ],
        learners={"logistic": {"C": 1.0}, "boosting": {"depth": 3, "rounds": [50, 100]}},
        cells=380,
        intended_use="Deciding whether synthetic rows may be added to this training cohort.",
        prohibited_use="Deciding the care of a patient.",
        crosswalk={"TRIPOD+AI 13": "protocol.settings", HOSTILE[0]: "metrics"},
    )
