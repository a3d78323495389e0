"""The page of an audit of transforms: it says what the audit says, and is sound whatever names say."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from fewfold.methods.transforms.base import transform
from fewfold.report.charts import magnitude
from fewfold.report.charts.series import Look
from fewfold.report.image_audit import render, write
from fewfold.study.image_audit.audit import audit_transforms
from fewfold.study.image_audit.result import ImageAudit
from report.page import Page
from study.pictured import pictured


@pytest.fixture(scope="module")
def audit() -> ImageAudit:
    chain = [transform("brightness"), transform("reflection"), transform("elastic")]
    return audit_transforms(pictured("side", 40), chain, rng=1, magnitudes=(0.1, 2.0), border="mirror", title="smears")


@pytest.fixture(scope="module")
def page(audit: ImageAudit) -> Page:
    return Page(render(audit))


def test_markup_is_sound_ids_are_unique_and_links_lead_somewhere(page: Page) -> None:
    assert page.faults == []
    ids = Counter(a["id"] for _, a in page.tags if "id" in a)
    assert [name for name, n in ids.items() if n > 1] == []
    for _, attributes in page.tags:
        for key in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(key) is None or attributes[key] in ids
    assert all((a["href"] or "")[1:] in ids for a in page.all("a"))


def test_it_says_what_the_audit_says(audit: ImageAudit, page: Page) -> None:
    for one in audit.operations:
        assert one.statement in page.text
        assert all(note in page.text for note in one.notes)
    reflection = audit.operations[1]
    assert reflection.unsafe_from == 1.0
    flips = reflection.levels[0].flips
    assert f"{100 * flips.value:.1f} % ({100 * flips.low:.1f} to {100 * flips.high:.1f})" in page.text
    assert "elastic: share of predicted labels that change, by magnitude" in " ".join(page.titles)
    assert "2× was left out" in page.text


def test_pictures_are_in_the_page_and_nothing_else_is_fetched(audit: ImageAudit, page: Page) -> None:
    sources = [a["src"] or "" for a in page.all("img")]
    assert len(sources) == 3 + sum(len(one.levels) for one in audit.operations)
    assert all(re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/=]+", source) for source in sources)
    assert len(set(sources)) > 4
    assert all(a["alt"] for a in page.all("img"))
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv")) or ""
    assert "default-src 'none'" in policy and "img-src data:" in policy and "script-src" not in policy
    assert not page.all("script")
    assert not page.all("link")
    assert "It shows an image of the cohort" in page.text


def test_without_pictures_no_image_is_shown(audit: ImageAudit) -> None:
    bare = audit.model_copy(
        update={
            "picture": None,
            "operations": [
                one.model_copy(update={"levels": [level.model_copy(update={"picture": None}) for level in one.levels]})
                for one in audit.operations
            ],
        }
    )
    page = Page(render(bare))
    assert page.faults == []
    assert not page.all("img")
    assert "It shows an image" not in page.text


def test_a_blind_model_and_too_few_patients_are_said_aloud(audit: ImageAudit) -> None:
    assert "Nothing can be told." not in Page(render(audit)).text
    blind = Page(render(audit.model_copy(update={"blind": "The model cannot tell.", "patients": 12})))
    assert "Nothing can be told. The model cannot tell." in blind.text
    assert "Too few patients to call anything safe." in blind.text
    flips = audit.controls.flips.model_copy(update={"value": 0.2})
    controls = audit.controls.model_copy(update={"flips": flips})
    unsure = Page(render(audit.model_copy(update={"controls": controls})))
    assert "The model is unsure. Two fits of it already differ in 20.0 %" in unsure.text


def test_hostile_names_stay_names(audit: ImageAudit, tmp_path: Any) -> None:
    evil = '</title></svg><script>x</script><p onclick="y">\''
    parts = [one.model_copy(update={"label": evil, "notes": [evil]}) for one in audit.operations]
    poisoned = audit.model_copy(
        update={"title": evil, "target": evil, "labels": {evil: 3}, "operations": parts, "border": evil, "blind": evil}
    )
    write(poisoned, tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.faults == []
    assert not page.all("script")
    assert not any("onclick" in a for _, a in page.tags)
    assert "<script>x</script>" in page.text


def test_a_curve_starts_where_nothing_is_changed_and_is_drawn_to_scale() -> None:
    points = [magnitude.Point(1.0, 0.5, 0.4, 0.6), magnitude.Point(2.0, 1.0, 0.9, 1.0)]
    curve = magnitude.Curve(Look("s0", "circle"), points)
    drawn = magnitude.chart([curve], (0.0, 0.1), 0.25, starts=True, ident="a", title="t", description="d")
    (path,) = re.findall(r'points="([^"]+)" class="curve', drawn)
    places = [tuple(map(float, place.split(","))) for place in path.split()]
    assert places[0] == (magnitude.LEFT, magnitude.BOTTOM)
    heights = [magnitude.BOTTOM - y for _, y in places]
    assert heights[2] == pytest.approx(2 * heights[1], abs=0.1)
    (limit,) = re.findall(r'y1="([\d.]+)"[^>]*class="reference"', drawn)
    assert magnitude.BOTTOM - float(limit) == pytest.approx(heights[1] / 2, abs=0.1)
    alone = magnitude.chart([curve], (0.0, 0.1), None, starts=False, ident="a", title="t", description="d")
    assert "reference" not in alone
    assert f'points="{magnitude.LEFT}' not in alone
