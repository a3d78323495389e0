"""What this installation can do."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

import fewfold
from fewfold.cli import show

EXTRAS = {  # extra -> a module of each package that it installs
    "formats": ("openpyxl", "pyarrow", "pyreadstat"),
    "survival": ("lifelines",),
    "cluster": ("dask", "distributed", "ray"),
}
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def doctor(as_json: AsJson = False) -> None:
    """Say what this installation uses: the engine for images, and the extras that are there."""
    from platform import platform, python_version

    from fewfold.methods.transforms.engine import kernel

    found = {
        "fewfold": fewfold.__version__,
        "python": python_version(),
        "platform": platform(),
        "images": kernel.described(),
        **{f"extra {name}": _missing(modules) for name, modules in EXTRAS.items()},
    }
    if as_json:
        show.as_json(found)
        return
    for name, told in found.items():
        typer.echo(f"{name:<16} {told}")
    if kernel.KERNEL is None:
        typer.echo("\nInstall fewfold again where a C compiler (gcc or clang) is at hand, and images are much faster.")


def _missing(modules: tuple[str, ...]) -> str:
    absent = [name for name in modules if find_spec(name) is None]
    return f"missing: {', '.join(absent)}" if absent else "installed"
