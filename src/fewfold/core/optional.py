"""Imports that belong to an extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from fewfold.core.errors import MissingExtra


def require(module: str, *, extra: str) -> Any:
    """Import ``module``, or raise :class:`MissingExtra` naming the extra that installs it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtra(f'{module} is not installed. Run: pip install "fewfold[{extra}]"') from error
