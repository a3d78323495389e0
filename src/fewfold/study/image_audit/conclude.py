"""Where safe ends."""

from __future__ import annotations

from collections.abc import Collection

from fewfold.study.image_audit.copies import Plan
from fewfold.study.image_audit.reading import Reading
from fewfold.study.image_audit.result import Call, Controls, Level, Measured, Operation


def blind_to(controls: Controls) -> str:
    """Why predictions say nothing of the label; empty where they do."""
    if controls.auroc.low > 0.5:
        return ""
    return (
        "The model cannot tell the labels of these images apart, as far as these images show: what it makes of their "
        "copies says nothing of the label."
    )


def operation(
    plan: Plan, reading: Reading, start: int, drawn: list[str], controls: Controls, tolerance: float, *, blind: bool
) -> Operation:
    """A transform at each magnitude; its copies begin with index ``start``. ``drawn``: pictures, or empty."""
    levels = []
    for k, (magnitude, step) in enumerate(plan.steps, start):
        flips = reading.flips(k)
        levels.append(
            Level(
                magnitude=magnitude,
                params={key: value for key, value in step.params.items() if key != "p"},
                flips=flips,
                change=reading.change(k),
                loss=reading.loss(k),
                shifts=reading.shifts(k),
                most=reading.most(k),
                call="unclear" if blind else _call(flips, tolerance, controls),
                picture=drawn[k - start] if drawn else None,
            )
        )
    first = next((k for k, level in enumerate(levels) if level.call != "safe"), len(levels))
    safe = levels[first - 1].magnitude if first else None
    unsafe = next((level.magnitude for level in levels if level.call == "unsafe"), None)
    card = plan.transform.card
    return Operation(
        name=card.name,
        label=plan.label,
        title=card.title,
        may_destroy=list(card.may_destroy),
        on_off=not plan.transform.strengths,
        levels=levels,
        safe_up_to=safe,
        unsafe_from=unsafe,
        statement=_statement(levels, safe, unsafe, plan.transform.strengths),
        notes=plan.notes,
    )


def _call(flips: Measured, tolerance: float, controls: Controls) -> Call:
    if flips.high < tolerance:
        return "safe"
    return "unsafe" if flips.low > max(tolerance, controls.flips.high) else "unclear"


def _statement(levels: list[Level], safe: float | None, unsafe: float | None, scaled: Collection[str]) -> str:
    """In words; ``scaled``: the parameters that have a magnitude."""
    if not levels:
        return "No magnitude could be measured."
    told = {level.magnitude: level for level in levels}
    parts = []
    if safe is not None:
        up_to = f"Safe up to {_range(told[safe], scaled)}" if scaled else "Safe"
        parts.append(f"{up_to}: at most {told[safe].flips.high:.1%} of the predicted labels change.")
    if unsafe is not None:
        start = f"Unsafe from {_range(told[unsafe], scaled)}" if scaled else "Unsafe"
        parts.append(f"{start}: at least {told[unsafe].flips.low:.1%} of the predicted labels change.")
    if not parts:
        near = min(levels, key=lambda level: abs(level.magnitude - 1))
        at, flips = f" at {_range(near, scaled)}" if scaled else "", near.flips
        parts.append(
            f"Cannot be told: {flips.value:.1%} of the predicted labels change{at}, with an interval from "
            f"{flips.low:.1%} to {flips.high:.1%}."
        )
    elif safe is not None and unsafe is None and safe < levels[-1].magnitude:
        parts.append("Beyond it cannot be told.")
    return " ".join(parts)


def _range(level: Level, scaled: Collection[str]) -> str:
    """A magnitude, and what it comes to."""
    return f"{level.magnitude:g}× ({', '.join(f'{name} {_words(level.params[name])}' for name in sorted(scaled))})"


def _words(ends: float | list[float]) -> str:
    return " to ".join(f"{end:.3g}" for end in ends) if isinstance(ends, list) else f"{ends:.3g}"
