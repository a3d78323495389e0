"""Options that commands on folders of images share with each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fewfold.cli import complete

Preset = Annotated[
    str | None, typer.Option(help="For a folder: the modality, such as blood-smear.", autocompletion=complete.presets)
]
Endpoints = Annotated[
    list[str] | None,
    typer.Option(
        help="For a folder: what the label rests on, such as laterality; may be given again.",
        autocompletion=complete.endpoints,
    ),
]
Labels = Annotated[
    Path | None, typer.Option(help="For a folder: the table of labels and patients; else its images.csv.")
]
