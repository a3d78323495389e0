"""A block of images or volumes, one a row of the table: opened at once, read when asked for."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from fewfold.core.errors import BadInput, FewfoldError
from fewfold.core.types import Ints
from fewfold.data.blocks.geometry import same_spacing
from fewfold.data.blocks.image import Array, Header, Image, Marks, size

BLOCK = "image"  # what a cohort calls it


class Entry(Protocol):
    """One image, wherever it is."""

    @property
    def name(self) -> str:
        """What messages call it: the file, as the manifest writes it."""
        ...

    @property
    def header(self) -> Header:
        """What is known without reading the values."""
        ...

    @property
    def boxes(self) -> Marks | None:
        """Those on it."""
        ...

    @property
    def points(self) -> Marks | None:
        """Those on it."""
        ...

    def read(self) -> Image:
        """The image with all that lies on it."""
        ...


@dataclass(frozen=True, eq=False)
class Held:
    """An image in memory."""

    name: str
    image: Image

    @property
    def header(self) -> Header:
        """That of the image."""
        return self.image.header

    @property
    def boxes(self) -> Marks | None:
        """Those of the image."""
        return self.image.boxes

    @property
    def points(self) -> Marks | None:
        """Those of the image."""
        return self.image.points

    def read(self) -> Image:
        """The image."""
        return self.image


@dataclass(frozen=True)
class Failure:
    """A file that could not be used, and why."""

    name: str
    error: FewfoldError

    def __str__(self) -> str:
        return f"{self.name}: {self.error}"


@dataclass(frozen=True, eq=False)
class Images:
    """One entry a row. Headers are there; values are read anew at each access, and nothing is kept."""

    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, images: Iterable[Image], names: Sequence[str] | None = None) -> Self:
        """A block of images in memory."""
        held = list(images)
        named = names if names is not None else [f"image {k + 1}" for k in range(len(held))]
        return cls(tuple(Held(name, image) for name, image in zip(named, held, strict=True)))

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        return f"<Images: {len(self)} entries>"

    def __getitem__(self, row: int) -> Image:
        return self.entries[row].read()

    def __iter__(self) -> Iterator[Image]:
        return (entry.read() for entry in self.entries)

    @property
    def names(self) -> list[str]:
        """What messages call each image."""
        return [entry.name for entry in self.entries]

    @property
    def headers(self) -> list[Header]:
        """What is known of each image without reading its values."""
        return [entry.header for entry in self.entries]

    def take(self, rows: Ints) -> Images:
        """Some entries, by position; no value is read."""
        return Images(tuple(self.entries[row] for row in np.asarray(rows)))

    def concat(self, others: Sequence[Images]) -> Images:
        """This block, then the others."""
        return Images(self.entries + tuple(entry for other in others for entry in other.entries))

    def digest(self) -> str:
        """SHA-256 of all values, masks and spacings, in order."""
        found = hashlib.sha256()
        for image in self:
            for name, values in {"": image.pixels, **image.masks}.items():
                found.update(f"{name} {values.dtype} {values.shape} {image.spacing}".encode())
                found.update(np.ascontiguousarray(values).data)
        return found.hexdigest()

    def readable(self, failures: list[Failure]) -> Iterator[tuple[int, Image]]:
        """Each image that can be read, with its row; those that cannot are added to ``failures``, and it goes on."""
        for row, entry in enumerate(self.entries):
            try:
                image = entry.read()
            except FewfoldError as error:
                failures.append(Failure(entry.name, error))
            else:
                yield row, image

    def check(self) -> list[Failure]:
        """Read every image and mask once; those that cannot be used, and why."""
        failures: list[Failure] = []
        for _ in self.readable(failures):
            pass
        return failures

    def stack(self) -> Array:
        """(n, ...) all values in one array. Raises ``BadInput`` where sizes, channels or spacings differ."""
        self.check_alike()
        return np.stack([image.pixels for image in self])

    def check_alike(self) -> None:
        """Raise ``BadInput`` that names the odd ones where images differ in size, channels or spacing."""
        shapes = [(entry.name, size(entry.header.shape)) for entry in self.entries]
        _one_of(shapes, "images of one size", "Crop, pad or resample them to one size, or work on patches.")
        first = self.entries[0].header.spacing if self.entries else None
        spacings = [
            (entry.name, _steps(first if same_spacing(entry.header.spacing, first) else entry.header.spacing))
            for entry in self.entries
        ]
        _one_of(spacings, "images of one spacing", "Resample them to one spacing.")


def _one_of(found: list[tuple[str, str]], expected: str, fix: str) -> None:
    counts = Counter(value for _, value in found).most_common()
    if len(counts) > 1:
        odd = counts[-1][0]
        example = next(name for name, value in found if value == odd)
        told = ", ".join(f"{value} ({count})" for value, count in counts[:5])
        more = f" and {len(counts) - 5} more" if len(counts) > 5 else ""
        raise BadInput(expected=expected, found=f"{told}{more}; {example} has {odd}", fix=fix)


def _steps(spacing: tuple[float, ...] | None) -> str:
    return "unknown" if spacing is None else " x ".join(f"{step:g}" for step in spacing) + " mm"


def images_among(blocks: Mapping[str, object]) -> Images:
    """The images among the blocks of a cohort. Raises ``BadInput`` where there are none."""
    found = blocks.get(BLOCK)
    if not isinstance(found, Images):
        raise BadInput(
            expected="a cohort with images",
            found=f"{', '.join(blocks) or 'a table alone'}",
            fix="Read the images with ff.read_images.",
        )
    return found
