"""One altered copy of an image, with all that lies on it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

import fewfold
from fewfold.core.files import digest, file_digest
from fewfold.core.types import Ints
from fewfold.data.blocks.image import Array, Image, Marks
from fewfold.data.blocks.images import BLOCK
from fewfold.data.io.dicom_series import files_in
from fewfold.data.io.folder_write import usual_extension
from fewfold.data.io.stored import Stored
from fewfold.data.provenance import Record as Made
from fewfold.data.tag import Tag
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.folder.manifest import Line
from fewfold.methods.transforms.preset import describe_preset
from fewfold.methods.transforms.record import Record
from fewfold.methods.transforms.sample import Role

_DIGITS = 13  # hexadecimal, of a digest: a whole number that every JSON reader keeps


class Copier:
    """Makes copies with a preset. What is drawn depends on the seed, the name of the image and the epoch alone."""

    def __init__(self, preset: str, seed: int) -> None:
        told = describe_preset(preset)
        self.preset, self.seed, self.chain, self._border = preset, seed, told.chain, told.border
        steps = [[transform.card.name, transform.params] for transform in self.chain]
        self._settings = digest([steps, told.border])[:_DIGITS]
        params = {"preset": preset, "settings": self._settings}
        self.tag = Tag("augmented", Made("augment", fewfold.__version__, params, str(seed)))

    def planned(self, entry: Stored, sources: dict[str, str], epoch: int) -> Line:
        """What the manifest says of a copy before it is made. ``sources``: digests, see :func:`digests`."""
        spacing = entry.header.spacing or (1.0,) * len(entry.header.grid)
        lattice = Lattice(tuple(entry.header.grid), tuple(map(float, spacing)))
        index = int(digest(entry.name)[:_DIGITS], 16)
        record = self._augmenter({}, len(lattice.shape)).draw(lattice, index=index, epoch=epoch)
        masks = {name: found for name, found in sources.items() if name != BLOCK}
        told = {"source": entry.name, "sha256": sources[BLOCK], "masks_sha256": masks, "index": index}
        made_by = {"epoch": epoch, "seed": self.seed, "preset": self.preset, "settings": self._settings}
        return {**told, **made_by, "record": json.loads(record.to_json())}

    def copy(self, image: Image, planned: Line) -> Image:
        """The copy. Boxes are cut at the edge of the image; boxes and points that have left it are dropped."""
        sample: dict[str, Array] = {"image": _narrow(image.pixels)}
        roles: dict[str, Role] = {"image": "image"}
        for name, mask in image.masks.items():
            sample[f"mask {name}"], roles[f"mask {name}"] = mask, "mask"
        for role, marks in (("boxes", image.boxes), ("points", image.points)):
            if marks is not None:
                sample[role], roles[role] = marks.at, role  # type: ignore[assignment]
        augmenter = self._augmenter(roles, len(image.grid))
        made = augmenter.replay(sample, Record.from_json(json.dumps(planned["record"])))
        return replace(
            image,
            pixels=made["image"],
            tag=self.tag,
            masks={name: made[f"mask {name}"] for name in image.masks},
            boxes=None if image.boxes is None else _seen_boxes(made["boxes"], image.boxes, image.grid),
            points=None if image.points is None else _seen_points(made["points"], image.points, image.grid),
        )

    def _augmenter(self, roles: dict[str, Role], dims: int) -> Augmenter:
        return Augmenter(self.chain, seed=self.seed, dims=3 if dims == 3 else 2, border=self._border, keys=roles)


def digests(entry: Stored) -> dict[str, str]:
    """SHA-256 of the image, as ``image``, and of its masks by name; that of the digests where an image is a series."""
    files = [file for path in entry.paths for file in (files_in(path) if path.is_dir() else [path])]
    each = [file_digest(file) for file in files]
    masks = {name: file_digest(path) for name, path in entry.masks.items()}
    return {**masks, BLOCK: each[0] if len(each) == 1 else digest(each)}


def stem(entry: Stored, epoch: int) -> str:
    """The name of a copy without its extension: that of its source in its folder, and the epoch. The extension of the
    source stays where that of the copy is another, so that field.jpg and field.png have copies of their own."""
    name = PureWindowsPath(entry.name).as_posix()
    return f"{name.removesuffix(usual_extension(entry.header))}-{epoch}"


def marks_told(image: Image) -> dict[str, Any]:
    """The boxes and points of a copy for the manifest."""
    both = {"boxes": image.boxes, "points": image.points}
    return {name: {"at": m.at.tolist(), "labels": list(m.labels)} for name, m in both.items() if m is not None}


def _narrow(pixels: Array) -> Array:
    """Whole numbers of widths that are not interpolated as they are: in 16 bits where they fit, as Hounsfield units do,
    else in single precision, which is exact up to 2**24."""
    if pixels.dtype.kind not in "iu" or pixels.dtype.str[1:] in ("u1", "u2", "i2"):
        return pixels
    fits = pixels.min() >= -(2**15) and pixels.max() < 2**15
    return pixels.astype(np.int16 if fits else np.float32)


def _seen_boxes(at: Array, marks: Marks, grid: tuple[int, ...]) -> Marks:
    axes = len(grid)
    low, high = np.clip(at[:, :axes], 0, grid), np.clip(at[:, axes:], 0, grid)
    return _kept(np.concatenate([low, high], axis=1), marks, np.flatnonzero((low < high).all(axis=1)))


def _seen_points(at: Array, marks: Marks, grid: tuple[int, ...]) -> Marks:
    return _kept(at, marks, np.flatnonzero(((at >= -0.5) & (at <= np.array(grid) - 0.5)).all(axis=1)))


def _kept(at: Array, marks: Marks, seen: Ints) -> Marks:
    return Marks(at[seen], tuple(marks.labels[mark] for mark in seen))


def there(out: Path, planned: Line, found: Line | None) -> bool:
    """Whether a copy has been made as planned, and its files are as they were written."""
    if found is None or not planned.items() <= found.items():
        return False
    files = found.get("files_sha256", {})
    return bool(files) and all((out / f).is_file() and file_digest(out / f) == own for f, own in files.items())
