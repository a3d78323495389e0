"""What stains are normalised to: learned from training images, or stated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fewfold.core.errors import BadInput, Leakage
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort
from fewfold.data.provenance import HOLDOUT
from fewfold.methods.transforms.engine.opponent import moments
from fewfold.methods.transforms.engine.resample import native
from fewfold.methods.transforms.engine.stain import densities, pseudo_maxima, stain_matrix
from fewfold.methods.transforms.sample import levels_of

Target = dict[str, Any]
_SHAPES = {"stains": (2, 3), "concentrations": (2,), "mean": (3,), "sd": (3,)}


def stain_target(
    images: Cohort | Iterable[Image | npt.NDArray[Any]], *, value_range: tuple[float, float] | None = None
) -> Target:
    """What ``macenko_normalisation``, ``reinhard_normalisation`` and ``reinhard`` take as ``target``, as JSON values.

    ``images``: one or more of (rows, columns, 3), of the training part alone; a cohort with a block of them says which
    part it is. ``value_range``: as in :class:`fewfold.Augmenter`. The target is the mean over the images of
    ``stains`` (2, 3), optical densities of length 1, the bluer stain first; ``concentrations`` (2,), the 99th
    percentile of each in the tissue (both Macenko et al. 2009, 10.1109/ISBI.2009.5193250); ``mean`` (3,) and ``sd``
    (3,) of l, alpha and beta (Reinhard et al. 2001, 10.1109/38.946629). Images in which no two stains are found are
    left out. Nothing is random.

    Raises ``Leakage`` for holdout or synthetic rows and for images whose file says that they were made, and
    ``BadInput`` where an image is not in red, green and blue, or none has two stains.
    """
    told = [_told(values, value_range) for values in _training(images)]
    found = [each for each in told if each is not None]
    if not found:
        raise BadInput(
            expected="an image in which tissue has two stains",
            found=f"{len(told)} images, none of them with two",
            fix="Pass images that show stained tissue, not glass.",
        )
    target = {key: np.mean([each[key] for each in found], axis=0) for key in _SHAPES}
    target["stains"] /= np.linalg.norm(target["stains"], axis=1, keepdims=True)
    return {key: value.tolist() for key, value in target.items()}


def checked(target: Mapping[str, Any], *keys: str) -> Target:
    """A target as JSON has it. Raises ``BadInput`` where one of ``keys`` is missing, or a value is no such number."""
    try:
        made = {key: np.asarray(target[key], dtype=np.float64) for key in target.keys() | set(keys)}
        right = all(value.shape == _SHAPES[key] and np.isfinite(value).all() for key, value in made.items())
    except (KeyError, TypeError, ValueError):
        right = False
    if not right:
        raise BadInput(
            expected=f"a target with {' and '.join(f'{key} of shape {_SHAPES[key]}' for key in keys)}",
            found=repr(target),
            fix="Pass what `stain_target` gives for training images.",
        )
    return {key: made[key].tolist() for key in _SHAPES if key in made}


def given(target: Target | None, name: str) -> Target:
    """``target`` if there is one, else ``BadInput``."""
    if target is None:
        raise BadInput(
            expected=f"a target for {name}", found="none", fix="Pass target=stain_target(...) of training images."
        )
    return target


def _told(values: npt.NDArray[Any], value_range: tuple[float, float] | None) -> Target | None:
    levels, values = levels_of([values], value_range), native(values)
    found = densities(values, levels).reshape(-1, 3)
    stains = stain_matrix(found)
    if stains is None:
        return None
    mean, sd = moments(values, levels)
    return {"stains": stains, "concentrations": pseudo_maxima(found, stains), "mean": mean, "sd": sd}


def _training(images: Cohort | Iterable[Image | npt.NDArray[Any]]) -> Iterable[npt.NDArray[Any]]:
    """The values of each image."""
    if isinstance(images, Cohort):
        if images.provenance.is_synthetic.any() or (images.provenance.part == HOLDOUT).any():
            raise _leak("holdout or synthetic rows among them")
        images = _block(images)
    for image in images:
        if isinstance(image, Image):
            if image.tag is not None:
                raise _leak(f"an {image.tag.origin} image among them")
            image = image.pixels
        if image.ndim != 3 or image.shape[-1] != 3 or not image.size:
            raise BadInput(
                expected="images of (rows, columns, 3)",
                found=f"shape {image.shape}",
                fix="Pass a list of images in red, green and blue: [image] for one.",
            )
        yield image


def _block(cohort: Cohort) -> Images:
    blocks: Sequence[Any] = [block for block in cohort.blocks.values() if isinstance(block, Images)]
    if len(blocks) != 1:
        raise BadInput(
            expected="a cohort with one block of images",
            found=f"{len(blocks)} of them",
            fix="Pass the block itself, of training patients alone.",
        )
    block: Images = blocks[0]
    return block


def _leak(found: str) -> Leakage:
    return Leakage(
        expected="real images of the training part",
        found=found,
        fix="Leave them out: learn the target from real training images only.",
    )
