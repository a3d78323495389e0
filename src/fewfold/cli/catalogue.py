"""Commands that list what there is: methods, transforms, metrics, datasets."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewfold.cli import complete, show

if TYPE_CHECKING:
    from collections.abc import Iterable

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Modality = Annotated[
    str | None,
    typer.Option(help="Only those for this modality, such as table.", autocompletion=complete.modalities),
]
Method = Annotated[str | None, typer.Argument(help="Show this one in full.", autocompletion=complete.methods)]
Transform = Annotated[str | None, typer.Argument(help="Show this one in full.", autocompletion=complete.transforms)]
Metric = Annotated[str | None, typer.Argument(help="Show this one in full.", autocompletion=complete.metrics)]
Dataset = Annotated[str | None, typer.Argument(help="Show this one in full.", autocompletion=complete.datasets)]


def methods(name: Method = None, modality: Modality = None, as_json: AsJson = False) -> None:
    """List the methods, or show one."""
    from fewfold.methods.base import METHODS

    kinds = [METHODS.get(name)] if name else METHODS
    cards = [{**asdict(kind.card), "params": kind().params} for kind in kinds]
    _show(_of(cards, modality), ("name", "family", "title", "targets", "min_subjects", "release"), as_json, name)


def transforms(name: Transform = None, modality: Modality = None, as_json: AsJson = False) -> None:
    """List the transforms of images and volumes, or show one."""
    from fewfold.methods.transforms.base import TRANSFORMS

    kinds = [TRANSFORMS.get(name)] if name else TRANSFORMS
    cards = [{**asdict(kind.card), "params": kind().params} for kind in kinds]
    _show(_of(cards, modality), ("name", "title", "modalities", "may_destroy"), as_json, name)


def metrics(name: Metric = None, modality: Modality = None, as_json: AsJson = False) -> None:
    """List the metrics, or show one."""
    from fewfold.metrics.base import METRICS

    kinds = [METRICS.get(name)] if name else METRICS
    cards = [asdict(kind.card) for kind in kinds]
    for card in cards:
        card["bounds"] = [bound if isfinite(bound) else None for bound in card["bounds"]]  # JSON knows no infinity
        if card["best"] is not None and not as_json:
            card["better"] = f"nearer {card['best']:g}"
    _show(_of(cards, modality), ("name", "family", "question", "better", "min_subjects"), as_json, name)


def datasets(name: Dataset = None, modality: Modality = None, as_json: AsJson = False) -> None:
    """List the data sets that can be loaded, made or fetched, or show one."""
    from fewfold.data import datasets as known

    cards = [asdict(known.card(each)) for each in ([name] if name else known.names())]
    _show(_of(cards, modality), ("name", "kind", "title", "n", "task", "licence"), as_json, name)


def _of(cards: Iterable[dict[str, Any]], modality: str | None) -> list[dict[str, Any]]:
    return [c for c in cards if modality is None or modality in c.get("modalities", ("table",))]


def _show(cards: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool, name: str | None) -> None:
    if as_json:
        show.as_json(cards)
    elif name:
        show.table(
            ("field", name), [(key.replace("_", " "), _cell(value)) for card in cards for key, value in card.items()]
        )
    else:
        show.table(columns, [[_cell(card[column]) for column in columns] for card in cards])


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {item}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else value
