"""Commands that list what there is: methods, metrics, datasets."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewfold.cli import show

if TYPE_CHECKING:
    from collections.abc import Iterable

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Modality = Annotated[str | None, typer.Option(help="Only those for this modality, such as table.")]


def methods(modality: Modality = None, as_json: AsJson = False) -> None:
    """List the methods."""
    from fewfold.methods.base import METHODS

    cards = [{**asdict(kind.card), "params": kind().params} for kind in METHODS]
    _list(_of(cards, modality), ("name", "family", "title", "targets", "min_subjects", "release"), as_json)


def metrics(modality: Modality = None, as_json: AsJson = False) -> None:
    """List the metrics."""
    from fewfold.metrics.base import METRICS

    cards = [asdict(kind.card) for kind in METRICS]
    for card in cards:
        card["bounds"] = [bound if isfinite(bound) else None for bound in card["bounds"]]  # JSON knows no infinity
        if card["best"] is not None and not as_json:
            card["better"] = f"nearer {card['best']:g}"
    _list(_of(cards, modality), ("name", "family", "question", "better", "min_subjects"), as_json)


def datasets(modality: Modality = None, as_json: AsJson = False) -> None:
    """List the data sets that can be loaded, made or fetched."""
    from fewfold.data import datasets as known

    cards = [asdict(known.card(name)) for name in known.names()]
    _list(_of(cards, modality), ("name", "kind", "title", "n", "task", "licence"), as_json)


def _of(cards: Iterable[dict[str, Any]], modality: str | None) -> list[dict[str, Any]]:
    return [c for c in cards if modality is None or modality in c.get("modalities", ("table",))]


def _list(cards: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        show.as_json(cards)
        return
    show.table(columns, [[_cell(card[column]) for column in columns] for card in cards])


def _cell(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else value
