"""A part of a result: its fields are fixed, and its numbers rounded as a file keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, field_validator

DIGITS = 10  # significant ones of a number in the file


def _rounded(value: Any) -> Any:
    """The same value with every float in it to ``DIGITS`` significant digits: 0.3 and not 0.30000000000000004."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value


class Part(BaseModel):
    """Cannot be changed, and has no fields but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="after")
    @classmethod
    def _round(cls, value: Any) -> Any:
        return _rounded(value)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As in pydantic, with the numbers of ``update`` rounded too."""
        return super().model_copy(update=_rounded(dict(update or {})), deep=deep)
