from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from fewfold.report import follow_up
from fewfold.report.html import render, write
from fewfold.report.names import Names
from fewfold.report.numbers import difference, interval, span
from fewfold.study.findings import KINDS
from fewfold.study.result import Measure, MetricRow, Range, Result, Sealed, Stop, Subgroup, VarianceSplit, json_schema
from report.page import Page
from report.sample import HOSTILE, METHODS, not_estimable, sample

SECTIONS = (
    "verdict",
    "findings",
    "dose",
    "differences",
    "scores",
    "validity",
    "follow_up",
    "distributions",
    "associations",
    "networks",
    "calibration",
    "methods",
    "sizes",
    "algorithms",
    "audit",
    "use",
    "crosswalk",
    "glossary",
)


@pytest.fixture(scope="module")
def result() -> Result:
    return sample()


@pytest.fixture(scope="module")
def html(result: Result) -> str:
    return render(result)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_sample_fits_the_published_schema(result: Result) -> None:
    for one in (result, not_estimable()):
        jsonschema.validate(
            one.model_dump(mode="json", by_alias=True), json_schema(), cls=jsonschema.Draft202012Validator
        )


def test_markup_is_sound_and_ids_are_unique(page: Page) -> None:
    assert page.faults == []
    ids = Counter(a["id"] for _, a in page.tags if "id" in a)
    assert [name for name, n in ids.items() if n > 1] == []
    for _, attributes in page.tags:
        for key in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(key) is None or attributes[key] in ids


def test_links_inside_the_page_lead_somewhere(page: Page) -> None:
    ids = {a["id"] for _, a in page.tags if "id" in a}
    inside = [a["href"] for a in page.all("a") if (a["href"] or "").startswith("#")]
    assert inside
    assert all((href or "")[1:] in ids for href in inside)


def test_no_name_becomes_markup(page: Page) -> None:
    tags = Counter(name for name, _ in page.tags)
    assert tags["script"] == 1
    assert tags["style"] == 1
    assert tags["img"] == 0
    assert not any(key.startswith("on") or key == "style" for _, a in page.tags for key in a)
    assert not any("javascript:" in (a.get("href") or "") for a in page.all("a"))


@pytest.mark.parametrize("name", [h for h in HOSTILE if "\u202e" not in h])
def test_every_name_is_shown_as_it_is(page: Page, name: str) -> None:
    assert name in page.text


def test_reading_direction_cannot_be_turned(html: str) -> None:
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", html)
    assert "\N{REPLACEMENT CHARACTER}reversed" in html


def test_hostile_text_everywhere_at_once() -> None:
    def poison(value: object, key: str = "") -> object:
        fixed = {"verdict", "severity", "family", "status", "task", "role", "better", "ending"}
        if isinstance(value, str):
            return value if key in fixed else f'{value}</title></svg><script>x</script><p onclick="y">\''
        if isinstance(value, list):
            return [poison(v, key) for v in value]
        if isinstance(value, dict):
            return {k: poison(v, k) for k, v in value.items()}
        return value

    plain = sample().model_dump(mode="json", by_alias=True)
    poisoned = Result.model_validate(
        {**poison(plain), "protocol": {**poison(plain["protocol"]), "kind": "study"}}  # type: ignore[dict-item]
    )
    page = Page(render(poisoned))
    assert page.faults == []
    assert Counter(name for name, _ in page.tags)["script"] == 1
    assert not any("onclick" in a for _, a in page.tags)


def test_needs_no_network(html: str, page: Page) -> None:
    outside = ("https://fewfold.readthedocs.io/", "https://doi.org/")
    for name, attributes in page.tags:
        assert "src" not in attributes
        assert name not in ("link", "iframe", "object", "embed", "use", "image")
        assert re.match(r"#|https://", attributes.get("href") or "#")
        assert (attributes.get("href") or "#").startswith(("#", *outside))
    assert "@import" not in html
    assert not re.search(r"url\s*\(", html)


def test_the_policy_names_the_style_and_the_script_as_they_stand(html: str, page: Page) -> None:
    from base64 import b64encode
    from hashlib import sha256

    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv")) or ""
    assert "default-src 'none'" in policy
    for tag in ("style", "script"):
        match = re.search(f"<{tag}>(.*?)</{tag}>", html, re.S)
        assert match
        assert b64encode(sha256(match[1].encode()).digest()).decode() in policy


def test_sections_stand_in_order_with_a_way_to_each(page: Page) -> None:
    assert tuple(a["id"] for a in page.all("section")) == SECTIONS
    hrefs = {a["href"] for a in page.all("a")}
    assert {f"#{name}" for name in SECTIONS} <= hrefs


def test_the_verdict_comes_first_and_what_could_be_seen_before_any_number(page: Page, result: Result) -> None:
    text = page.text
    seen = text.index(result.power.statement)
    assert text.index("Blocked") < text.index("Harms") < text.index("Helps") < text.index("Not estimable") < seen
    for verdict in result.verdicts:
        primary = verdict.primary
        if primary.estimate is not None:
            shown = difference(primary.estimate, primary.low, primary.high)
            assert seen < text.index(shown)
    assert seen < text.index(result.negative_control.statement) < text.index("against Class weights")


def test_findings_go_from_critical_to_info_and_lead_to_their_page(page: Page, result: Result) -> None:
    links = [a["href"] or "" for a in page.all("a") if "readthedocs" in (a["href"] or "")]
    shown = [href.rsplit("#", 1)[1].upper() for href in links]
    assert set(shown) == {f.code for f in result.findings}
    assert links[0] == "https://fewfold.readthedocs.io/reference/findings/#ff202"
    severity = {f.code: ("critical", "warning", "info").index(f.severity) for f in result.findings}
    assert [severity[code] for code in shown] == sorted(severity[code] for code in shown)
    assert KINDS["FF202"].do in page.text


def test_every_picture_has_a_title(page: Page) -> None:
    pictures = page.all("svg")
    told = [a for a in pictures if a.get("role") == "img"]
    assert len(told) == len(page.titles) > 100
    assert all(page.titles)
    assert all(a.get("role") == "img" or a.get("aria-hidden") == "true" for a in pictures)


def test_numbers_are_those_of_the_result(page: Page, result: Result) -> None:
    for row in result.metrics:
        if row.value is not None and row.learner is not None:
            assert interval(row.value, row.low, row.high) in page.text
        elif row.value is not None and row.null is not None:
            assert f"{interval(row.value, row.low, row.high, 3)} {span(row.null.low, row.null.high, 3)}" in page.text
    for contrast in result.contrasts[1:]:
        assert difference(contrast.estimate, contrast.low, contrast.high) in page.text
    for size in result.composition.final:
        assert f"×{size.expansion:.2f}" in page.text
    assert result.methods_paragraph in " ".join("".join(page.words).split())
    for hashed in (result.protocol.hash, result.provenance.code_hash, result.protocol.splits_hash):
        assert hashed in page.text


@pytest.mark.parametrize(
    ("value", "outside", "said"),
    [
        (0.2, None, "worse than two real samples"),
        (0.2, True, "worse than two real samples"),
        (0.2, False, "a little worse, as one of many is by chance"),
        (0.01, False, "better than two real samples"),
        (0.1, False, "as two real samples"),
    ],
)
def test_a_value_is_read_against_two_real_samples(
    result: Result, value: float, outside: bool | None, said: str
) -> None:
    row = next(m for m in result.metrics if m.name == "ks")
    one = row.model_copy(update={"value": value, "low": value, "high": value, "outside": outside})
    text = Page(render(result.model_copy(update={"metrics": [one]}))).text
    assert f"{said} {interval(value, value, value, 3)}" in text
    assert f"{int(value == 0.2 and outside is not False)} of 1 worse" in text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.2, "worse than two real samples"),
        (0.7, "worse than two real samples"),
        (0.95, "as two real samples"),
    ],
)
def test_a_value_is_better_nearer_to_the_best_one(result: Result, value: float, said: str) -> None:
    """Also where the range of two real samples is not even about it."""
    row = next(m for m in result.metrics if m.name == "ks")
    seen = {"value": value, "low": value, "high": value, "null": Range(low=0.9, high=1.1), "name": "vendi"}
    measures = [Measure(name="vendi", title="Vendi", better="nearer", best=1.0)]
    text = Page(render(result.model_copy(update={"metrics": [row.model_copy(update=seen)], "measures": measures}))).text
    assert "nearer to 1 is better" in text
    assert f"{said} {interval(value, value, value, 3)}" in text


def test_past_the_best_value_is_as_far_as_it_is() -> None:
    names = Names(sample().model_copy(update={"measures": [Measure(name="a", title="A", better="nearer", best=0.0)]}))
    assert names.worse("a", -0.05, -0.01, 0.1) is True  # beyond the end on its side
    assert names.worse("a", 0.02, 0.05, 0.1) is False  # two real samples are farther
    assert names.worse("a", -0.2, 0.05, 0.1) is True
    assert names.worse("b", 0.2, 0.0, 0.1) is None


def test_the_worst_measures_of_a_method_under_test_come_first_and_only_their_families_are_open(result: Result) -> None:
    def of(name: str, value: float, method: str = "smote") -> MetricRow:
        row = next(m for m in result.metrics if m.name == name and m.method == method)
        null = Range(low=0.0, high=0.1)
        return row.model_copy(update={"value": value, "low": value, "high": value, "null": null})

    rows = [
        of("ks", 0.05),
        of("association", 0.2),
        of("c2st", 0.9),
        of("rule_violations", 0.0),
        of("ks", 0.9, "duplication"),
    ]
    page = Page(render(result.model_copy(update={"metrics": rows})))
    text = page.text[page.text.index("How far apart") - 900 :]
    assert text.index("Classifier two-sample test") < text.index("Association difference") < text.index("Kolmogorov")
    opened = {a["id"]: "open" in a for a in page.all("details") if a.get("class") == "family"}
    assert opened == {"family-fidelity": True, "family-plausibility": False}
    assert "2 of 3 worse" in text


def test_a_metric_that_applies_to_no_arm_is_one_line_and_anchors_stand_beside_the_null(result: Result) -> None:
    rows = [m for m in result.metrics if m.name == "ks"]
    nothing = {
        "value": None,
        "low": None,
        "high": None,
        "null": None,
        "status": "not_applicable",
        "reason": "no visits",
    }
    rows = [m.model_copy(update={"anchors": {"memoriser": 0.07}}) for m in rows]
    rows += [m.model_copy(update={**nothing, "name": "c2st"}) for m in rows]
    text = Page(render(result.model_copy(update={"metrics": rows}))).text
    assert text.count("no visits") == 1
    assert "Not applicable here: Classifier two-sample test (no visits)" in text
    assert text.count("memoriser 0.070") == len(rows) / 2


def test_what_a_metric_says_beside_its_value_can_be_opened(result: Result) -> None:
    rows = [m.model_copy(update={"details": {f"rule: {HOSTILE[0]}": 0.25}, "p": 0.031}) for m in result.metrics]
    text = Page(render(result.model_copy(update={"metrics": rows}))).text
    assert f"rule: {HOSTILE[0]}" in text
    assert "permutation p" in text
    assert "0.250" in text


def test_where_to_stop_stands_with_the_curves(result: Result) -> None:
    stop = Stop(method="smote", recommended=0.0, no_harm_up_to=1.0, reason="nothing is shown to help")
    text = Page(render(result.model_copy(update={"stops": [stop]}))).text
    assert "0: the real patients alone nothing is shown to help 1×" in text


def test_who_pays_stands_beside_the_average_the_most_certain_first(result: Result) -> None:
    group = Subgroup(variable="sex", role="feature", level=HOSTILE[0], n=40, method="smote", ratio=1.0)
    groups = [
        group.model_copy(update={"level": "m", "reason": "9 patients; 10 are needed"}),
        group.model_copy(update={"estimate": -0.02, "low": -0.03, "high": -0.01, "p_holm": 0.004}),
    ]
    split = VarianceSplit(
        method="smote", ratio=1.0, metric="auroc", standard_error=0.01, patient=0.6, split=0.3, seed=0.1
    )
    sealed = Sealed(n=60, per_class={}, opened=False)
    page = Page(render(result.model_copy(update={"subgroups": groups, "variance": [split], "sealed": sealed})))
    assert page.faults == []
    text = page.text
    assert f"sex: {HOSTILE[0]} 40 SMOTE 1× {difference(-0.02, -0.03, -0.01)}" in text
    assert text.index(f"sex: {HOSTILE[0]}") < text.index("not assessable: 9 patients")
    assert "p = 0.004 sex: m" in text
    assert "60 patients were set aside before the study and have not been looked at" in text
    assert "AUROC 60.0 % 30.0 % 10.0 %" in text


def test_a_contrast_on_sealed_patients_stands_with_its_p_value(result: Result) -> None:
    row = next(c for c in result.contrasts if c.against == "none").model_copy(update={"p": 0.5, "p_holm": 0.017})
    sealed = Sealed(n=60, per_class={}, opened=True, contrasts=[row])
    page = Page(render(result.model_copy(update={"sealed": sealed})))
    assert page.faults == []
    assert f"{difference(row.estimate, row.low, row.high)} p = 0.017" in page.text


def test_what_looks_only_at_real_patients_stands_once_and_is_not_counted(result: Result) -> None:
    row = next(m for m in result.metrics if m.name == "tstr")
    real = row.model_copy(update={"name": "trtr", "method": "none", "ratio": 0.0, "null": None})
    text = Page(render(result.model_copy(update={"metrics": [row, real]}))).text
    assert text.count("No augmentation the mark that the others are read against") == 1
    assert "of 1 worse" in text


def test_the_target_is_called_by_its_label(result: Result) -> None:
    schema = {"variables": [{"name": result.target, "label": "Death by year three", "kind": "binary"}]}
    trail = result.provenance.model_copy(update={"schema_": schema})
    assert "Death by year three" in Page(render(result.model_copy(update={"provenance": trail}))).text


def test_the_level_that_is_predicted_is_marked(result: Result) -> None:
    level = next(iter(result.composition.initial.per_class))
    schema = {"variables": [{"name": result.target, "kind": "boolean", "positive": level}]}
    marked = result.model_copy(update={"provenance": result.provenance.model_copy(update={"schema_": schema})})
    assert f"{result.target} : {level} (the event)" in Page(render(marked)).text
    assert "(the event)" not in Page(render(result)).text


def test_a_validation_says_that_its_sizes_are_those_of_the_training_patients(result: Result) -> None:
    judged = result.model_copy(update={"protocol": result.protocol.model_copy(update={"kind": "validation"})})
    assert "Patients in training 312" in Page(render(judged)).text
    assert "Patients in training" not in Page(render(result)).text


def test_arms_and_learners_have_the_same_words_everywhere(page: Page) -> None:
    """From the curves to the paragraph no arm is called by the name that programs use."""
    text = page.text[page.text.rindex("Dose and response") : page.text.rindex("Methods paragraph")]
    for name in ("noise_jitter", "class_weights", "gaussian_copula", "logistic", "boosting"):
        assert name not in text
    for words in ("Noise jitter", "Class-conditional Gaussian copula", "Logistic regression", "Boosted trees"):
        assert words in text


def test_two_arms_of_one_method_are_told_apart(result: Result) -> None:
    same = {"smote": "SMOTE", "gaussian_copula": "SMOTE"}
    algorithms = [a.model_copy(update={"title": same.get(a.name, a.title)}) for a in result.provenance.algorithms]
    trail = result.provenance.model_copy(update={"algorithms": algorithms})
    text = Page(render(result.model_copy(update={"provenance": trail}))).text
    assert "SMOTE (smote)" in text and "SMOTE (gaussian_copula)" in text
    assert "SMOTE (smote)" not in Page(render(result)).text


def test_findings_of_a_verdict_are_told_in_words_and_lead_to_them(page: Page, result: Result) -> None:
    ids = {a["id"] for _, a in page.tags if "id" in a}
    cited = [a["href"] or "" for a in page.all("a") if (a["href"] or "").startswith("#finding-")]
    assert {href.rsplit("-", 1)[1] for href in cited} == {code for v in result.verdicts for code in v.findings}
    assert all(href[1:] in ids for href in cited)
    titles = {f.code: f.title for f in result.findings}
    shown = page.text[page.text.index("Negative control") : page.text.index("How to read a verdict")]
    assert all(titles[code] in shown for v in result.verdicts for code in v.findings)


def test_a_verdict_says_its_difference_once(result: Result) -> None:
    first = result.verdicts[0]
    said = difference(first.primary.estimate, first.primary.low, first.primary.high)
    verdict = first.model_copy(update={"verdict": "no_evidence", "reason": f"No evidence: AUROC differs by {said}."})
    text = Page(render(result.model_copy(update={"verdicts": [verdict]}))).text
    text = text[: text.index("How to read a verdict")]
    assert text.count(said) == 2  # in the sentence, and in the title of the picture
    assert "No evidence: AUROC" not in text


def test_metrics_without_a_title_are_shown_by_name(result: Result) -> None:
    text = Page(render(result.model_copy(update={"measures": []}))).text
    assert "rule violations" in text
    assert "above what two real samples give" in text


def test_a_failed_negative_control_warns_before_the_verdicts() -> None:
    text = Page(render(sample(passed=False))).text
    assert text.index("Do not trust these verdicts") < text.index("Blocked")


def test_not_estimable_gives_the_reason_first_and_no_number() -> None:
    page = Page(render(not_estimable()))
    assert page.faults == []
    text = page.text
    assert text.index("22 patients; at least 30 are needed") < text.index("no difference can be estimated")
    assert tuple(a["id"] for a in page.all("section")) == tuple(
        s for s in SECTIONS if s not in (*SECTIONS[SECTIONS.index("dose") : SECTIONS.index("methods")], "algorithms")
    )
    assert "AUROC 0" not in text
    assert "After" not in text
    assert "exploratory" not in text
    assert not page.titles


def test_a_continuous_target_and_a_result_without_findings(result: Result) -> None:
    initial = result.composition.initial.model_copy(update={"per_class": {}, "rows_per_class": {}, "sites": None})
    final = [f.model_copy(update={"per_class": {}, "expansion_per_class": {}}) for f in result.composition.final]
    bare = result.model_copy(
        update={
            "task": "continuous",
            "findings": [],
            "composition": result.composition.model_copy(update={"initial": initial, "final": final}),
            "figures": result.figures.model_copy(update={"calibration": []}),
        }
    )
    page = Page(render(bare))
    assert page.faults == []
    assert "Nothing was found" in page.text
    assert "calibration" not in [a["id"] for a in page.all("section")]


def test_a_hundred_variables_and_five_methods_stay_small() -> None:
    big = sample(variables=tuple(f"variable {k}" for k in range(100)), methods=(*METHODS, "fourth", "fifth"))
    text = render(big)
    assert len(text.encode()) < 6_000_000
    assert Page(text).faults == []


def test_same_result_same_text(html: str) -> None:
    assert render(Result.model_validate_json(sample().to_json())) == html


def test_numbers_in_the_file_are_short(result: Result) -> None:
    row = result.metrics[0].model_copy(update={"value": 0.1 + 0.2})
    made = MetricRow.model_validate({**row.model_dump(), "low": 0.1 + 0.2})
    assert (row.value, made.low) == (0.3, 0.3)


def test_writes_the_whole_file(tmp_path: Path, result: Result, html: str) -> None:
    path = tmp_path / "report.html"
    write(result, path)
    assert path.read_text(encoding="utf-8") == html
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_wide_tables_scroll_in_their_own_box_by_keyboard(page: Page) -> None:
    boxes = [a for _, a in page.tags if a.get("class") == "scroll"]  # marked as wide by the script
    assert len(boxes) > 10
    assert all(a["tabindex"] == "0" and a["role"] == "region" and a["aria-label"] for a in boxes)
    assert page.all("a")[0]["class"] == "skip"


def test_the_share_without_the_event_stands_behind_its_curve(result: Result) -> None:
    plates = follow_up.plates(result, Names(result))
    assert [plate.name for plate in plates] == ["smote", "gaussian_copula"]
    event = result.figures.follow_up[0]
    last = plates[0].numbers.rows[4]
    assert last[0] == "Without the event" and last[1] == "1\u202f740"
    assert last[2].startswith(f"{100 * event.real[-1]:.0f}")
    assert last[3] == f"{100 * event.synthetic['smote'][-1]:.1f}\xa0%"
