"""Whether a chain leaves alone what the label rests on."""

from __future__ import annotations

from collections.abc import Iterable

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import DESTROYS, Transform


def at_risk(chain: Iterable[Transform]) -> list[str]:
    """What some transform of the chain may destroy, in the order of ``DESTROYS``."""
    lost = {key for transform in chain for key in transform.card.may_destroy}
    return [key for key in DESTROYS if key in lost]


def check_endpoint(chain: Iterable[Transform], endpoints: Iterable[str]) -> None:
    """Raise ``BadInput`` where a transform may destroy what the label rests on, naming each and why.

    ``endpoints``: keys of :data:`fewfold.methods.transforms.base.DESTROYS`; other words are a ``BadInput`` too.
    """
    told = list(dict.fromkeys(endpoints))
    unknown = [key for key in told if key not in DESTROYS]
    if unknown:
        raise BadInput(
            expected=f"what a label can rest on: {'; '.join(f'{key} ({why})' for key, why in DESTROYS.items())}",
            found=", ".join(map(repr, unknown)),
            fix="Name one or more of them.",
        )
    unsafe = {t.card.name: [key for key in told if key in t.card.may_destroy] for t in chain}
    reasons = [
        f"{name} may destroy {' and '.join(f'{key} ({DESTROYS[key]})' for key in lost)}"
        for name, lost in unsafe.items()
        if lost
    ]
    if reasons:
        raise BadInput(
            expected=f"a chain that keeps {', '.join(told)}, on which the label rests",
            found="; ".join(reasons),
            fix="Leave those transforms out of a chain of your own for fewfold.Augmenter, or take another preset.",
        )
