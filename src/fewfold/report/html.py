"""The report: one HTML file that needs nothing else, neither a network nor a script."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fewfold.core.files import write_atomic
from fewfold.report import numbers
from fewfold.report.page import page
from fewfold.study.result import Result

# control characters, and those that turn the reading direction of all that follows
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def render(result: Result) -> str:
    """The report of a result. Same result, same text."""
    return filled("report.html", **page(result))


def filled(template: str, **variables: Any) -> str:
    """A template with its variables, without characters that cannot be seen."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", _environment().get_template(template).render(variables))


def write(result: Result, path: str | Path) -> None:
    """Write the report, whole or not at all. Raises ``OSError`` where the folder cannot be written."""
    write_atomic(Path(path), render(result))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fewfold.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"fmt": numbers.fmt, "percent": numbers.percent, "times": numbers.times}
    style, script = _asset(environment, "report.css"), _asset(environment, "report.js")
    policy = _policy(f"img-src data:; style-src {_sum(style)}; script-src {_sum(script)}")
    pictures = _policy(f"style-src {_sum(style)}; img-src data:")
    environment.globals |= {"style": style, "script": script, "policy": policy, "picture_policy": pictures}
    return environment


def _asset(environment: Environment, name: str) -> Markup:
    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])


def _policy(allowed: str) -> str:
    """A content security policy that lets through what is named, our own style and script, and nothing else."""
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _sum(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
