"""Short ways to write down the variables of a data set."""

from __future__ import annotations

from fewfold.core.types import Level
from fewfold.data.schema import Role, Variable


def number(
    name: str, label: str, unit: str | None = None, *, low: float | None = 0.0, role: Role = "feature"
) -> Variable:
    """A measurement, never negative unless said otherwise."""
    return Variable(name=name, kind="numeric", label=label, unit=unit, low=low, role=role)


def whole(name: str, label: str, unit: str | None = None, *, role: Role = "feature") -> Variable:
    """A whole number of 0 or more."""
    return Variable(name=name, kind="integer", label=label, unit=unit, low=0, role=role)


def days(name: str, label: str, *, unit: str = "d", role: Role = "event_time") -> Variable:
    """A span of time."""
    return Variable(name=name, kind="duration", label=label, unit=unit, low=0, role=role)


def flag(name: str, label: str, levels: tuple[Level, Level] = (0, 1), *, role: Role = "feature") -> Variable:
    """One of two levels."""
    return Variable(name=name, kind="boolean", label=label, levels=levels, role=role)


def graded(name: str, label: str, levels: tuple[Level, ...]) -> Variable:
    """Levels in order."""
    return Variable(name=name, kind="ordinal", label=label, levels=levels)


def named(name: str, label: str, levels: tuple[Level, ...], *, role: Role = "feature") -> Variable:
    """Levels without order."""
    return Variable(name=name, kind="categorical", label=label, levels=levels, role=role)


def aside(name: str, label: str, *, role: Role = "ignore") -> Variable:
    """A column that no learner sees: an identifier, or something known only after the outcome."""
    return Variable(name=name, kind="integer", label=label, role=role)


def outcome(name: str, label: str) -> Variable:
    """A yes-or-no target, 1 for the event."""
    return Variable(name=name, kind="boolean", label=label, levels=(0, 1), positive=1, role="target")
