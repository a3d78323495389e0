"""Writes the tables of the stored results into ``docs/explanation/error-rates.md``, between ``<!-- proof: NAME -->``
and ``<!-- end -->``. A part without results stays as it is."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.proof import rows, run, tables

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "error-rates.md"
SLOT = re.compile(r"(<!-- proof: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def write(page: Path = PAGE) -> list[str]:
    """Write the page; the names of the parts that have results."""
    made = parts()
    text = page.read_text(encoding="utf-8")
    page.write_text(
        SLOT.sub(lambda slot: f"{slot[1]}\n{made[slot[2]]}\n\n{slot[3]}" if slot[2] in made else slot[0], text),
        encoding="utf-8",
    )
    return list(made)


def parts() -> dict[str, str]:
    """The tables for which there are results."""
    whole = list(run.results("studies"))
    judged, studies = list(run.results(rows.part())), list(run.results("helps"))
    full, others = list(run.results("helps_full")), list(run.results("peers"))
    made = {"forms": tables.forms()}
    if judged:
        made |= {
            "alarms": tables.alarms(judged),
            "alarms_by_metric": tables.alarms_by_metric(judged),
            "strong": tables.faults(judged, 1.0),
            "weak": tables.faults(judged, 0.5),
        }
    if whole:
        made["alarms_of_studies"] = tables.alarms_of_studies(whole)
    if studies:
        made |= {"false_helps": tables.false_helps(studies), "power": tables.power(studies)}
    if full:
        made["full"] = tables.reduced_against_full(studies, full)
    if others:
        made["peers"] = tables.against_peers(others, judged)
    return made
