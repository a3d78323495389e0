"""Mixes training samples with partners from the training samples, and keeps who was mixed with whom."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, Self

from fewfold.core.errors import BadInput, Leakage, NotApplicable
from fewfold.core.records import reading
from fewfold.core.seeds import derive
from fewfold.methods.mixing.base import Draw, Mixing
from fewfold.methods.mixing.labelled import Labelled
from fewfold.methods.transforms.augmenter import counted
from fewfold.methods.transforms.base import chance


class Samples(Protocol):
    """Samples by index: a list, or whatever reads one when asked."""

    def __getitem__(self, index: int, /) -> Labelled: ...


@dataclass(frozen=True, slots=True)
class MixRecord:
    """One made sample: its mixing, where its random numbers come from, both parents, their grid, what was drawn.

    ``parents``: the indices of the sample that is altered, and of its partner. ``drawn`` is None where the first was
    left as it is, and ``reason`` says why.
    """

    mixing: str
    seed: int
    epoch: int
    parents: tuple[int, int]
    grid: tuple[int, ...]
    drawn: Draw | None
    reason: str = ""

    def to_json(self) -> str:
        """The record as JSON; numbers are kept to the last bit."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that :meth:`to_json` wrote. Raises ``BadInput`` for any other text."""
        with reading("a record of mixing", "MixRecord.to_json"):
            told: dict[str, Any] = json.loads(text)
            first, second = told["parents"]
            return cls(**{**told, "parents": (first, second), "grid": tuple(told["grid"])})


class Mixer:
    """Mixes each sample with a partner that is drawn evenly from the other training samples.

    ``train``: the indices of the training samples; no other sample is read. ``p``: the chance that a sample is mixed.
    What is drawn depends on ``train``, ``seed``, the ``index`` of the sample and the ``epoch`` alone. Raises
    ``BadInput`` for fewer than two training samples.
    """

    def __init__(self, mixing: Mixing, samples: Samples, *, train: Iterable[int], seed: int, p: float = 1.0) -> None:
        self.mixing, self.samples, self.seed, self.p = mixing, samples, counted("seed", seed), chance(p)
        self.train = sorted({int(index) for index in train})
        self._rank = {index: k for k, index in enumerate(self.train)}
        if len(self.train) < 2:
            raise BadInput(
                expected="two or more training samples", found=str(len(self.train)), fix="Pass train=their indices."
            )

    def __call__(self, index: int, *, epoch: int = 0) -> tuple[Labelled, MixRecord]:
        """The training sample of ``index``, mixed, and the record of it.

        Where the two cannot be mixed so, the sample comes back as it is, and the record says why. Raises ``Leakage``
        for a sample that is not among the training samples.
        """
        own = self._ranked(index)
        rng = derive(self.seed, self.mixing.name, int(index), counted("epoch", epoch))
        other = int(rng.integers(len(self.train) - 1))
        parents = (int(index), self.train[other + (other >= own)])
        first = self.samples[parents[0]]
        record = MixRecord(self.mixing.name, self.seed, epoch, parents, first.grid, None, "passed by by chance")
        if rng.random() >= self.p:
            return first, record
        second = self.samples[parents[1]]
        try:
            drawn = self.mixing.draw(rng, first, second)
            return self.mixing.apply(first, second, drawn), replace(record, drawn=drawn, reason="")
        except NotApplicable as error:
            return first, replace(record, reason=error.reason)

    def replay(self, record: MixRecord) -> Labelled:
        """The sample that the record tells of, bit for bit. Raises ``Leakage`` where a parent is no training sample."""
        if record.mixing != self.mixing.name:
            raise BadInput(
                expected=f"a record of {self.mixing.name}", found=record.mixing, fix="Replay it with its own mixing."
            )
        for parent in record.parents:
            self._ranked(parent)
        first = self.samples[record.parents[0]]
        if first.grid != record.grid:
            raise BadInput(
                expected=f"samples of the grid on record, {record.grid}",
                found=str(first.grid),
                fix="Replay a record on the samples that it was drawn for.",
            )
        return (
            first if record.drawn is None else self.mixing.apply(first, self.samples[record.parents[1]], record.drawn)
        )

    def _ranked(self, index: int) -> int:
        """The rank of the index among those of the training samples."""
        if index not in self._rank:
            raise Leakage(
                expected="the index of a training sample",
                found=repr(index),
                fix="Mix training samples only; test on samples as they are.",
            )
        return self._rank[index]
