"""The reference is up to date and complete, links lead somewhere, and no page names a place on one machine."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

from docs.pages import DOCS, NAMES, PAGES, ROOT, prose
from fewfold.data.schema import Rule, Variable
from fewfold.methods.base import METHODS
from fewfold.methods.image_models.base import IMAGE_METHODS
from fewfold.methods.transforms.base import TRANSFORMS
from fewfold.metrics.base import METRICS
from fewfold.metrics.utility.scores import SCORES
from fewfold.study.findings import KINDS
from fewfold.study.image_data import ImageData
from fewfold.study.result import Result
from fewfold.study.settings import Settings
from fewfold.study.study_file import Data, Horizon

REFERENCE = DOCS / "reference"


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date(builder: ModuleType, tmp_path: Path) -> None:
    shutil.copytree(REFERENCE, tmp_path / "reference")
    builder.build(tmp_path / "reference")
    stale = [
        made.name
        for made in (tmp_path / "reference").iterdir()
        if made.read_text(encoding="utf-8") != (REFERENCE / made.name).read_text(encoding="utf-8")
    ]
    assert not stale, "run: make docs"


def test_every_generated_part_has_its_place(builder: ModuleType) -> None:
    places = re.findall(
        r"<!-- build: (\w+) -->", "".join(p.read_text(encoding="utf-8") for p in REFERENCE.glob("*.md"))
    )
    assert sorted(places) == sorted(builder.PARTS)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("findings.md", [code.lower() for code in KINDS]),
        ("methods.md", METHODS.names()),
        ("transforms.md", TRANSFORMS.names()),
        ("metrics.md", METRICS.names()),
    ],
)
def test_everything_has_its_anchor(page: str, names: list[str]) -> None:
    assert set(names) <= anchors(REFERENCE / page)


def test_the_page_on_images_names_every_transform() -> None:
    page = (DOCS / "how-to" / "images.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"^## What there is$(.*?)^\[", page, re.MULTILINE | re.DOTALL)
    assert sorted(re.findall(r"`(\w+)`", told)) == sorted(TRANSFORMS.names())


def test_the_page_on_studies_of_images_names_every_model() -> None:
    page = (DOCS / "how-to" / "image-study.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"^\| Model \|.*?^$", page, re.MULTILINE | re.DOTALL)
    assert sorted(re.findall(r"`(\w+)`", told)) == sorted(IMAGE_METHODS.names())


@pytest.mark.parametrize("code", KINDS)
def test_every_finding_says_how_it_is_detected_why_it_matters_and_what_to_do(code: str) -> None:
    page = (REFERENCE / "findings.md").read_text(encoding="utf-8")
    (entry,) = re.findall(rf"^## {code}$(.*?)(?=^## |^<!-- end -->)", page, re.MULTILINE | re.DOTALL)
    told = dict(re.findall(r"^- \*(.+?):\* (.+)$", entry, re.MULTILINE))
    kind = KINDS[code]
    assert told == {"When": kind.detected, "Why it matters": kind.matters, "What to do": kind.do}
    assert f"**{kind.title}** ({kind.severity})" in entry
    assert all(len(text.split()) > 2 for text in told.values()), "a sentence each"


@pytest.mark.parametrize("name", NAMES)
def test_no_page_names_a_finding_that_there_is_not(name: str) -> None:
    assert set(re.findall(r"\bFF\d{3}\b", (ROOT / name).read_text(encoding="utf-8"))) <= set(KINDS)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("metrics.md", SCORES),
        ("result.md", Result.model_fields),
        (
            "study-toml.md",
            [name for part in (Settings, Data, Horizon, ImageData, Variable, Rule) for name in part.model_fields],
        ),
    ],
)
def test_every_name_is_explained(page: str, names: list[str]) -> None:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    assert not [name for name in names if f"`{name}`" not in text]


def test_the_schema_of_a_result_is_a_schema() -> None:
    schema = json.loads((REFERENCE / "result.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert not lost


@pytest.mark.parametrize("name", NAMES)
def test_no_page_names_a_place_on_one_machine(name: str) -> None:
    assert not re.search(r"(?<![\w.])/(?:home|tmp|work|root|Users|mnt)/", (ROOT / name).read_text(encoding="utf-8"))


def test_every_page_can_be_reached() -> None:
    seen, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop().resolve()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)\s#]+\.md)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        left += [page.parent / link for link in links if ":" not in link]
    assert not [page.name for page in PAGES if page.resolve() not in seen]


def anchors(page: Path) -> set[str]:
    """As code hosts make them: lower case, spaces become hyphens, punctuation goes."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
