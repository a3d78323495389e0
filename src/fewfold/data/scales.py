"""Levels whose order everybody knows, and which of two levels is the event."""

from __future__ import annotations

import re
from collections.abc import Sequence

from fewfold.core.types import Level

_SCALES: tuple[tuple[frozenset[str], ...], ...] = tuple(
    tuple(frozenset(step.split("|")) for step in scale.split(" < "))
    for scale in (
        "none|absent|no|normal < minimal|trace < mild|slight < moderate < severe < very severe|critical",
        "very low < low < medium|moderate|intermediate|normal < high < very high",
        "never < rarely < sometimes|occasionally < often|frequently < always",
        "very poor < poor < fair < good < very good < excellent",
        "i < ii < iii < iv < v",
        "- < +/- < + < ++ < +++ < ++++",
        "small < medium < large",
    )
)
_NUMBERED = re.compile(
    r"((?:stage|grade|class|type|score|level|nyha|child|who|ecog|t|n|m|g)?)[ _-]*(\d)(\+?)", re.IGNORECASE
)
_EVENT = frozenset(
    (
        *("1", "y", "yes", "true", "positive", "pos", "present", "abnormal"),
        *("dead", "died", "death", "deceased", "relapse", "relapsed", "event", "progression", "progressed", "failure"),
        *("case", "carrier", "affected", "patient", "disease", "diseased", "malignant"),
    )
)


def known_order(levels: Sequence[str]) -> tuple[str, ...] | None:
    """The levels in their order, where at least three lie on one known scale (none, mild, severe; I, II, III;
    grade 1, grade 2, ...; 0, 1+, 2+); else None."""
    if len(levels) < 3:
        return None
    words = {level: level.strip().lower() for level in levels}
    for scale in _SCALES:
        steps = {word: position for position, step in enumerate(scale) for word in step}
        places = [steps.get(word) for word in words.values()]
        if None not in places and len(set(places)) == len(places):
            return tuple(sorted(levels, key=lambda level: steps[words[level]]))
    numbered = {level: _NUMBERED.fullmatch(words[level]) for level in levels}
    stems = {match[1] for match in numbered.values() if match}
    if all(numbered.values()) and len(stems) == 1 and stems != {"type"}:
        return tuple(sorted(levels, key=lambda level: int(re.findall(r"\d", level)[0])))
    return None


def event_level(levels: Sequence[Level], counts: Sequence[int]) -> Level:
    """Of two levels the one that is the event: the larger of two numbers, else by its name (yes, dead, ...), else
    the rarer."""
    if all(isinstance(level, (int, float)) for level in levels):
        return max(levels)
    named = [level for level in levels if str(level).strip().lower() in _EVENT]
    if len(named) == 1:
        return named[0]
    return levels[0] if counts[0] < counts[1] else levels[1]
