"""Everything that the template prints, section by section."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from fewfold.report import beyond, follow_up, pictures, tables, validity, verdicts
from fewfold.report.charts.icons import icon
from fewfold.report.charts.svg import el
from fewfold.report.names import NONE, Names
from fewfold.report.words import CALLS, GLOSSARY, RELEASES, STANDINGS
from fewfold.study.result import Result

DOCS = "https://fewfold.readthedocs.io"
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_TITLES = {
    "verdict": "Verdict",
    "findings": "Findings",
    "dose": "Dose and response",
    "differences": "Paired differences",
    "beyond": "Beyond the average",
    "scores": "Scores of every arm",
    "validity": "The synthetic rows",
    "contacts": "Contact sheet",
    "follow_up": "Follow-up",
    "distributions": "Distributions",
    "associations": "Associations",
    "networks": "Networks",
    "calibration": "Calibration",
    "methods": "Methods paragraph",
    "sizes": "Sizes and expansion",
    "algorithms": "Algorithms",
    "audit": "Audit trail",
    "use": "Intended and prohibited use",
    "crosswalk": "Reporting guidelines",
    "glossary": "Glossary",
}


def page(result: Result) -> dict[str, Any]:
    """The variables of ``templates/report.html``."""
    names = Names(result)
    content = {
        "dose": pictures.doses(result, names),
        "differences": pictures.primary_forest(result, names),
        "beyond": beyond.grids(result, names),
        "scores": tables.scores(result, names) or tables.not_run(result, names),
        "validity": validity.families(result, names),
        "contacts": result.figures.contacts,
        "follow_up": follow_up.plates(result, names),
        "distributions": pictures.distribution_plates(result, names),
        "associations": pictures.association_plates(result, names),
        "networks": pictures.network_plates(result, names),
        "calibration": pictures.calibrations(result, names),
        "algorithms": result.provenance.algorithms,
    }
    return {
        "result": result,
        "names": names,
        "bare": NONE,
        "sections": {key: title for key, title in _TITLES.items() if content.get(key, True)},
        "absent": [title for key, title in _TITLES.items() if not content.get(key, True)],
        "calls": CALLS,
        "target": _target(result),
        "event": _event(result),
        "standing": STANDINGS[result.protocol.kind],
        "read": validity.arms(result, names),
        "releases": RELEASES,
        "summary": verdicts.summary(result, names),
        "obstacle": verdicts.obstacle(result),
        "cards": verdicts.cards(result, names),
        "findings": verdicts.findings(result, names),
        "drawn": [a for a in names.arms if a != NONE and any(m.method == a and m.learner for m in result.metrics)],
        "guarded": pictures.guarded_forest(result, names),
        "not_run": tables.not_run(result, names),
        "utility": tables.scores(result, names),
        "glossary": GLOSSARY,
        "icon": icon,
        "ramp": _ramp(),
        "plain": plain,
        "reference": reference,
        "finding_link": finding_link,
        **content,
    }


def _target(result: Result) -> str:
    """What the target is called: its label in the schema, or its name."""
    labels = {v["name"]: v.get("label") for v in result.provenance.schema_.get("variables", [])}
    return labels.get(result.target) or result.target


def _event(result: Result) -> str | None:
    """The level of a two-level target that is predicted, as counts by class call it; None where there is none."""
    levels = {v["name"]: v.get("positive") for v in result.provenance.schema_.get("variables", [])}
    positive = levels.get(result.target)
    return None if positive is None else str(positive)


def finding_link(code: str) -> str:
    """The page of the documentation that explains a finding."""
    return f"{DOCS}/reference/findings/#{quote(code.lower(), safe='')}"


def reference(cited: str) -> Markup:
    """A DOI as a link; anything else as it is."""
    if _DOI.fullmatch(cited):
        return el("a", cited, href=f"https://doi.org/{quote(cited, safe='/')}", rel="noreferrer")
    return Markup("{}").format(cited)


def plain(value: object) -> str:
    """Any JSON-able value as a line of text."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _ramp() -> Markup:
    """The colours of the association maps, from -1 to 1."""
    shades = [*(f"below o{k}" for k in range(10, 0, -1)), "", *(f"above o{k}" for k in range(1, 11))]
    cells = [el("path", d=f"M{k} .5h1", class_=shade) for k, shade in enumerate(shades) if shade]
    ramp = el("g", el("rect", width=21, height=1, class_="ground"), *cells, class_="cells", transform="scale(8 10)")
    return el("svg", ramp, width=168, height=10, viewBox="0 0 168 10", aria_hidden="true")
