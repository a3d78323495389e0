"""Columns that say who, where or when, and not what was found: identifiers, sites, counters of visits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fewfold.core.types import Frame
from fewfold.data.parse import parse_numbers
from fewfold.data.schema import Variable

_IDENTIFIER = re.compile(
    r"(?:^|[^a-z])(?:id|ids|mrn|pid|uid|subjid|usubjid|patient|subject|participant|record|case|family)(?:[^a-z]|$)"
)
_SITE = re.compile(r"(?:^|[^a-z])(?:inst|institution|sites?|cent(?:er|re)s?|hospitals?|clinics?)(?:[^a-z]|$)")
_VISIT = re.compile(r"(?:^|[^a-z])(?:visits?|obs|observation|occasion|wave|time ?points?|exam)(?:[^a-z]|$)")


def identifier(name: str, values: Frame, n: int) -> str | None:
    """Why a column of whole numbers or texts seems to identify rows, patients or sites; None where it does not."""
    distinct = values.nunique()
    words = _words(name)
    named = _IDENTIFIER.search(words) is not None
    if distinct == len(values) == n and n >= 10:
        through = values.dtype != object and values.max() - values.min() == n - 1
        return "a different value in every row, an identifier" if named or through else None
    if named and distinct >= 5:
        return (
            f"an identifier that repeats ({distinct} values in {len(values)} rows); if it names the patient, set role "
            f'= "subject" (--subject {name}), or rows of one patient will be on both sides of a split'
        )
    if _SITE.search(words) and distinct >= 3:
        return f'it seems to name a site ({distinct} of them); if so, set role = "site" (--site {name})'
    return None


def visit_columns(frame: Frame, variables: Sequence[Variable], subject: str | None) -> Iterator[str]:
    """Features that say which visit a row is: so named, or counting 1 to the number of rows in each patient."""
    if subject is None or not frame[subject].duplicated().any():
        return
    for variable in variables:
        if variable.role != "feature" or variable.kind not in ("integer", "ordinal", "numeric", "duration"):
            continue
        seen = parse_numbers(frame[variable.name]).groupby(frame[subject]).agg(["min", "max", "nunique", "size"])
        counts = bool(
            (seen["min"] == 1).all() and (seen["max"] == seen["size"]).all() and (seen["nunique"] == seen["size"]).all()
        )
        if counts or (_VISIT.search(_words(variable.name)) and (seen["nunique"] > 1).any()):
            yield variable.name


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
