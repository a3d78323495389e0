"""Records that were written as JSON and are read back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fewfold.core.errors import BadInput


@contextmanager
def reading(what: str, writer: str) -> Iterator[None]:
    """What is read within is the JSON of ``what``, which ``writer`` wrote. Raises ``BadInput`` for anything wrong."""
    try:
        yield
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(expected=f"the JSON of {what}", found=str(error), fix=f"Use what {writer} wrote.") from error
