"""Chains that are ready for a modality: data files in ``presets/``, each range with where it was published."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from fewfold.core.errors import BadInput
from fewfold.methods.transforms.base import Transform, transform
from fewfold.methods.transforms.engine.resample import Border

_FOLDER = Path(__file__).parent / "presets"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PresetStep(_Strict):
    """One transform. ``source``: the DOI of where the range was published; ``says``: what is told there, and what is
    done otherwise here."""

    transform: str
    params: dict[str, Any]
    source: str
    says: str


class Preset(_Strict):
    """A chain for a modality. ``border``: what lies beyond an image; ``keeps``: what a label may rest on, keys of
    :data:`fewfold.methods.transforms.base.DESTROYS`."""

    title: str
    border: Border
    keeps: list[str]
    step: list[PresetStep]

    @property
    def chain(self) -> list[Transform]:
        """The transforms."""
        return [transform(step.transform, **step.params) for step in self.step]


def preset_names() -> list[str]:
    """All names, sorted."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def describe_preset(name: str) -> Preset:
    """The file of a preset. Raises ``BadInput`` for an unknown name."""
    known = preset_names()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        raise BadInput(
            expected=f"a preset: {', '.join(known)}",
            found=repr(name),
            fix=f"Did you mean {near[0]}?" if near else "Name one of them, or make a chain for fewfold.Augmenter.",
        )
    return Preset(**tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


def preset(name: str) -> list[Transform]:
    """The chain of a preset, for :class:`fewfold.Augmenter`. Raises ``BadInput`` for an unknown name."""
    return describe_preset(name).chain
