"""Rejection: what breaks a hard rule, or is not what was asked for, is drawn again, and how often that was is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.types import Bools, Frame, Ints
from fewfold.data.provenance import Repair
from fewfold.methods.drawn import Drawn

ROUNDS = 10
MOST = 10  # times as many rows as asked for, at most, are drawn in one round,
LEAST = 1000  # or so many, where few are asked for


def rejected(
    draw: Callable[[Ints], Drawn],
    judge: Callable[[Drawn], Frame],
    counts: Ints,
    met: Callable[[Drawn], Bools] | None = None,
) -> tuple[Drawn, Repair]:
    """``counts`` rows of each class that break no hard rule and are what was asked for, ordered by class, in at most 10
    rounds of ``draw``.

    ``draw`` takes how many rows of each class, ``judge`` gives the table of violations, ``met`` (n,) which rows are
    what was asked for. The first round asks for ``counts``, so that what the repair tells is what would have been given
    without rejection.

    Raises ``NotApplicable`` with the rules where too few rows pass: about 1 in 50 must, or 1 in some hundreds where
    few rows are asked for.
    """
    missing, asked = counts.copy(), counts
    seen, passed = np.zeros_like(counts), np.zeros_like(counts)
    pieces: list[Drawn] = []
    codes: list[Ints] = []
    repair: Repair | None = None
    most = np.where(counts, np.maximum(MOST * counts, LEAST), 0)
    for _ in range(ROUNDS):
        made, code = draw(asked), np.repeat(np.arange(len(asked)), asked)
        broken = judge(made)
        if repair is None:
            mended = made.broken
            known = broken if mended is None else mended | broken.reindex(columns=mended.columns, fill_value=False)
            repair = repair_of(known)
        fine = ~broken.to_numpy().any(axis=1)
        if met is not None:
            fine &= met(made)
        seen, passed = seen + asked, passed + np.bincount(code[fine], minlength=len(asked))
        rows = np.concatenate([np.flatnonzero(fine & (code == c))[:wanted] for c, wanted in enumerate(missing)])
        pieces.append(made.take(rows))
        codes.append(code[rows])
        missing = missing - np.bincount(code[rows], minlength=len(asked))
        if not missing.any():
            order = np.argsort(np.concatenate(codes), kind="stable")
            return Drawn.concat(pieces).take(order), replace(repair, drawn=int(seen.sum()))
        asked = np.minimum(np.ceil(missing * seen / np.maximum(passed, 1)), most).astype(np.int64)
    assert repair is not None  # there is at least one round
    told = ", ".join(f"{name!r} ({count} of {repair.rows} rows)" for name, count in repair.by_rule.items())
    asked_for = "" if met is None else " and are what was asked for"
    raise NotApplicable(
        f"of {int(seen.sum())} rows drawn only {int(passed.sum())} break no hard rule{asked_for}, and "
        f"{int(missing.sum())} are still missing" + (f"; the rules broken are {told}" if told else "")
    )


def repair_of(broken: Frame) -> Repair:
    """What a table of violations, one row a record as first drawn, has to say."""
    by_rule = {str(name): int(count) for name, count in broken.sum().items() if count}
    return Repair(len(broken), int(broken.to_numpy().any(axis=1).sum()), by_rule, len(broken))
