"""A chain of transforms, callable on an array, on a dictionary or on a batch of either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from fewfold.core.errors import BadInput
from fewfold.core.seeds import Streams
from fewfold.methods.transforms.base import TRANSFORMS, Transform, geometric
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.resample import Border, Interpolation
from fewfold.methods.transforms.engine.warp import Warp
from fewfold.methods.transforms.record import Record, Step
from fewfold.methods.transforms.sample import Layout, Role, Sample, roles_of

_STREAMS = Streams()
_NAMED: dict[str, Transform] = {}


class Augmenter:
    """Applies a chain of transforms with parameters that are drawn for each image by itself.

    What is drawn depends on ``seed``, the ``index`` of the image and the ``epoch`` alone: workers, batches and their
    order do not matter. Geometry comes first, in one resampling, however the chain is ordered; what changes values
    follows in the order of the chain, and neighbouring curves are one lookup.

    ``dims``: 2 for images, 3 for volumes. ``channels``: whether they are the last or the first axis of an array that
    has one axis more than ``dims``. ``border`` and ``fill``: what lies beyond the image. ``labels``: how masks are
    resampled, by ``majority`` or ``nearest``. ``value_range``: what counts as 0 to 1 for transforms of values
    (brightness or noise, say); where it is None, 0 to 255 for 8 bits, and else the smallest and the
    largest value of each image. ``keys``: the role of the keys of a dictionary; by default ``image``,
    ``mask``, ``points`` and ``boxes``. ``threads``: for the rows of one array, and for the samples of a batch; the
    result is the same.
    """

    def __init__(
        self,
        chain: Iterable[Transform],
        *,
        seed: int,
        dims: Literal[2, 3] = 2,
        channels: Literal["last", "first"] = "last",
        border: Border = "constant",
        fill: float = 0,
        labels: Interpolation = "majority",
        value_range: tuple[float, float] | None = None,
        keys: Mapping[str, Role] | None = None,
        threads: int = 1,
    ) -> None:
        self.chain, self.seed, self.threads = tuple(chain), counted("seed", seed), threads
        self.layout = Layout(dims, channels, border, fill, labels, value_range).checked()
        self.roles = roles_of(keys)

    def __call__(self, sample: Any, *, index: int, epoch: int = 0, spacing: Sequence[float] | None = None) -> Any:
        """``sample`` augmented: an array for an array, a dictionary with the same keys for a dictionary.

        ``index``: of the sample, in the cohort and not in the batch. ``spacing``: of the points along each axis; 1 by
        default. Images keep their type (other floats than single precision become that). Points are (m, dims) array
        indices; boxes are (m, 2 * dims): the lower limits, then the upper ones, as in a slice. A box becomes the box
        around its corners; points and boxes may end up outside.
        """
        return self.recorded(sample, index=index, epoch=epoch, spacing=spacing)[0]

    def recorded(
        self, sample: Any, *, index: int, epoch: int = 0, spacing: Sequence[float] | None = None
    ) -> tuple[Any, Record]:
        """The augmented sample, and the record of what was drawn for it."""
        return self._recorded(sample, index, epoch, spacing, self.threads)

    def batch(
        self, samples: Sequence[Any], *, indices: Sequence[int], epoch: int = 0, spacing: Sequence[float] | None = None
    ) -> list[Any]:
        """Each sample augmented, as if it had come by itself."""
        if len(samples) != len(indices):
            raise BadInput(
                expected="one index for each sample",
                found=f"{len(indices)} indices and {len(samples)} samples",
                fix="Pass the position of each sample in the cohort.",
            )

        def few(part: slice) -> list[Any]:
            pairs = zip(samples[part], indices[part], strict=True)
            return [self._recorded(sample, index, epoch, spacing, 1)[0] for sample, index in pairs]

        if self.threads == 1:
            return few(slice(None))
        bounds = [len(samples) * k // self.threads for k in range(self.threads + 1)]
        with ThreadPoolExecutor(self.threads) as pool:
            return [made for part in pool.map(few, map(slice, bounds[:-1], bounds[1:])) for made in part]

    def draw(self, lattice: Lattice, *, index: int, epoch: int = 0) -> Record:
        """What is drawn for the image of ``index`` on ``lattice``."""
        rng, steps, current = _STREAMS.at(self.seed, counted("index", index), counted("epoch", epoch)), [], lattice
        for transform in self.chain:
            drawn = transform.draw(rng, current)
            steps.append(Step(transform.card.name, drawn))
            if drawn is not None and geometric(transform):
                current = transform.target(drawn, current)
        return Record(self.seed, index, epoch, lattice, tuple(steps))

    def replay(self, sample: Any, record: Record) -> Any:
        """``sample`` altered as the record says; the chain of this augmenter does not matter."""
        given = Sample(sample, self.layout, self.roles, record.lattice.spacing)
        if given.lattice != record.lattice:
            raise BadInput(
                expected=f"a sample of the shape on record, {record.lattice.shape}",
                found=str(given.lattice.shape),
                fix="Replay a record on the sample that it was drawn for.",
            )
        return self._applied(given, record, self.threads)

    def invert(self, sample: Any, record: Record) -> Any:
        """``sample``, which came out as the record says, brought back to where it was: geometry, not values.

        What was moved out of the field is lost, and filled as the border says.
        """
        warp = geometry(record)
        given = Sample(sample, self.layout, self.roles, record.lattice.spacing)
        target = record.lattice if warp is None else warp.target
        if given.lattice != target:
            raise BadInput(
                expected=f"a sample of the shape that came out, {target.shape}",
                found=str(given.lattice.shape),
                fix="Invert what the record made.",
            )
        return given.made(None if warp is None else warp.inverse(), [], self.threads)

    def _recorded(
        self, sample: Any, index: int, epoch: int, spacing: Sequence[float] | None, threads: int
    ) -> tuple[Any, Record]:
        given = Sample(sample, self.layout, self.roles, spacing)
        record = self.draw(given.lattice, index=index, epoch=epoch)
        return self._applied(given, record, threads), record

    def _applied(self, given: Sample, record: Record, threads: int) -> Any:
        steps = [(named(step.transform), step.drawn) for step in record.steps if step.drawn is not None]
        values = [(transform, drawn) for transform, drawn in steps if not geometric(transform)]
        return given.made(geometry(record), values, threads)


def counted(name: str, value: int) -> int:
    """``value`` if it can tell a stream of random numbers, else ``BadInput``."""
    if not 0 <= value < 2**64:
        raise BadInput(expected=f"{name} from 0 to below 2**64", found=repr(value), fix="Number samples from 0.")
    return value


def named(name: str) -> Transform:
    """Any transform of that name: what is drawn says all that it needs."""
    if name not in _NAMED:
        _NAMED[name] = TRANSFORMS.get(name)()
    return _NAMED[name]


def geometry(record: Record) -> Warp | None:
    """The one warp of all geometric steps; None where nothing moves."""
    warp, lattice = None, record.lattice
    for step in record.steps:
        if step.drawn is not None and geometric(transform := named(step.transform)):
            each = transform.warp(step.drawn, lattice)
            warp = each if warp is None else warp.then(each)
            lattice = each.target
    return warp
