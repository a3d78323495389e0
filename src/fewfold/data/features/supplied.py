"""A space that the user brings: a network with its weights."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fewfold.core.optional import require
from fewfold.core.types import Floats
from fewfold.data.blocks.images import Images
from fewfold.data.features.scaled import scaled
from fewfold.data.features.space import FeatureSpace, identity_of, range_text


@dataclass(frozen=True)
class Supplied(FeatureSpace):
    """What a function makes of images. ``read``: from :class:`~fewfold.data.blocks.images.Images` to (n, d) numbers,
    the same whenever it is called. ``name`` and ``version`` are for the user to tell; ``weights`` is the hash of the
    file that they lie in, where there is one (:func:`file_hash`), and ``settings`` is what else changes the numbers.
    """

    name: str
    version: str
    read: Callable[[Images], Floats] = field(repr=False)
    weights: str = "unknown"
    settings: str = ""

    @property
    def identity(self) -> str:
        """Name, version, hash of the weights and settings."""
        return f"{identity_of(self.name, self.version, weights=self.weights)} {self.settings}".rstrip()

    def _coordinates(self, images: Images) -> Floats:
        return self.read(images)


def torchscript(
    path: str | Path, *, name: str, version: str, value_range: tuple[float, float] | None = None
) -> Supplied:
    """The space of a TorchScript module on the processor: (1, channels, ...) float32, shares of ``value_range`` as for
    :func:`~fewfold.data.features.scaled.scaled`, to as many numbers for each image. The weights are hashed.

    Load only files that you trust. Raises ``MissingExtra`` without torch.
    """
    torch = require("torch", extra="neural")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the format is no longer written, and there is much of it
        module = torch.jit.load(str(path), map_location="cpu").eval()

    def read(images: Images) -> Floats:
        with torch.inference_mode():
            return np.stack([_one(torch, module, image, value_range) for image in images])

    return Supplied(name, version, read, weights=file_hash(path), settings=f"range={range_text(value_range)}")


def file_hash(path: str | Path) -> str:
    """The first 16 digits of the SHA-256 of a file."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


def _one(torch: Any, module: Any, image: Any, value_range: tuple[float, float] | None) -> Floats:
    values = scaled(image, value_range)
    planes = np.moveaxis(values, -1, 0) if values.ndim > len(image.grid) else values[None]
    told: Floats = module(torch.from_numpy(np.ascontiguousarray(planes, dtype=np.float32))[None]).double().numpy()
    return told.ravel()
