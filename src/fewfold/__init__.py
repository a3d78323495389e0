"""fewfold: expand small rare-disease cohorts, and prove for each whether that helps, harms or cannot be told."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# What a user types, and the module it lives in. Nothing is imported before it is asked for.
_NAMES = {
    "Cohort": "fewfold.data.cohort",
    "Schema": "fewfold.data.schema",
    "Variable": "fewfold.data.schema",
    "Rule": "fewfold.data.schema",
    "Provenance": "fewfold.data.provenance",
    "Image": "fewfold.data.blocks.image",
    "Images": "fewfold.data.blocks.images",
    "Method": "fewfold.methods.base",
    "Metric": "fewfold.metrics.base",
    "Comparison": "fewfold.metrics.base",
    "Estimate": "fewfold.metrics.base",
    "method": "fewfold.methods.base",
    "load": "fewfold.methods.base",
    "Sampler": "fewfold.methods.sampler",
    "Augmenter": "fewfold.methods.transforms.augmenter",
    "preset": "fewfold.methods.transforms.preset",
    "audit_transforms": "fewfold.study.image_audit.audit",
    "transform": "fewfold.methods.transforms.base",
    "cropped": "fewfold.data.cropped",
    "featured": "fewfold.data.features.cohort",
    "survival_of": "fewfold.data.follow_up",
    "read": "fewfold.data.io.read",
    "read_image": "fewfold.data.io.image",
    "read_source": "fewfold.data.source",
    "read_images": "fewfold.data.io.folder",
    "write": "fewfold.data.io.read",
    "write_image": "fewfold.data.io.image",
    "write_images": "fewfold.data.io.folder_write",
    "metric": "fewfold.metrics.base",
    "Study": "fewfold.study.study",
    "Result": "fewfold.study.result",
    "validate": "fewfold.study.validate",
}

__all__ = ["__version__", "datasets", *_NAMES]


def __getattr__(name: str) -> Any:
    if name == "datasets":
        return import_module("fewfold.data.datasets")
    if name not in _NAMES:
        raise AttributeError(f"module 'fewfold' has no attribute {name!r}")
    return getattr(import_module(_NAMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
