"""Partners come from the training samples, records say who was mixed with whom, and replay bit for bit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from fewfold.core.errors import BadInput, Leakage
from fewfold.methods.mixing.base import Mixing
from fewfold.methods.mixing.carvemix import CarveMix
from fewfold.methods.mixing.cutmix import CutMix
from fewfold.methods.mixing.labelled import Labelled
from fewfold.methods.mixing.lesion_paste import LesionPaste
from fewfold.methods.mixing.mixer import Mixer, MixRecord
from fewfold.methods.mixing.mixup import Mixup

TRAIN = [0, 2, 3, 5, 7]


class Watched:
    """Ten samples, and which of them were read."""

    def __init__(self, *, masks: bool) -> None:
        self.read: Counter[int] = Counter()
        rng = np.random.default_rng(0)
        self.samples = []
        for k in range(10):
            mask = np.zeros((16, 16), np.uint8)
            mask[k : k + 2, 4:6] = k != 7  # the lesion of sample 7 is missing
            extra = {"mask": mask, "region": np.ones((16, 16), np.uint8)} if masks else {}
            self.samples.append(Labelled(rng.random((16, 16), np.float32), (1.0, 1.0), label=np.eye(2)[k % 2], **extra))

    def __getitem__(self, index: int) -> Labelled:
        self.read[index] += 1
        return self.samples[index]


EACH = pytest.mark.parametrize("mixing", [Mixup(), CutMix(), CarveMix(), LesionPaste()], ids=lambda own: own.name)


@EACH
def test_records_replay_bit_for_bit_and_name_both_parents(mixing: Mixing) -> None:
    samples = Watched(masks=mixing.name != "mixup")
    mixer = Mixer(mixing, samples, train=TRAIN, seed=4)
    before = [sample.values.copy() for sample in samples.samples]
    for epoch in range(8):
        for index in TRAIN:
            made, record = mixer(index, epoch=epoch)
            assert MixRecord.from_json(record.to_json()) == record
            assert record.parents[0] == index
            assert record.parents[1] in set(TRAIN) - {index}
            again = Mixer(mixing, samples, train=reversed(TRAIN), seed=99).replay(MixRecord.from_json(record.to_json()))
            for name in ("values", "mask", "label"):
                one, other = getattr(made, name), getattr(again, name)
                assert (one is None and other is None) or np.array_equal(one, other)
            alone, same = Mixer(mixing, samples, train=TRAIN, seed=4)(np.int64(index), epoch=epoch)
            assert same == record
            assert np.array_equal(alone.values, made.values)
            untold = mixing.name in ("carvemix", "lesion_paste") and record.parents[1] == 7
            assert (record.drawn is None) == untold == bool(record.reason)
            if untold:
                assert record.reason == "The partner has no lesion."
                assert made is samples.samples[index]
    assert set(samples.read) <= set(TRAIN)
    assert all(np.array_equal(sample.values, was) for sample, was in zip(samples.samples, before, strict=True))


def test_partners_are_drawn_evenly() -> None:
    """Four partners, 1,000 draws: chi-squared within the 99.9 % limit of 3 degrees."""
    mixer = Mixer(Mixup(), Watched(masks=False), train=TRAIN, seed=0)
    counts = Counter(mixer(3, epoch=epoch)[1].parents[1] for epoch in range(1000))
    assert set(counts) == {0, 2, 5, 7}
    assert sum((n - 250) ** 2 / 250 for n in counts.values()) < 16.27


def test_chance_passes_samples_by() -> None:
    samples = Watched(masks=False)
    mixer = Mixer(CutMix(), samples, train=TRAIN, seed=0, p=0.3)
    records = [mixer(5, epoch=epoch) for epoch in range(1000)]
    passed = [(made, record) for made, record in records if record.drawn is None]
    assert abs(len(passed) - 700) < 4 * np.sqrt(1000 * 0.3 * 0.7)
    assert all(made is samples.samples[5] and "chance" in record.reason for made, record in passed)


def test_what_is_no_training_sample_is_refused() -> None:
    mixer = Mixer(Mixup(), Watched(masks=False), train=TRAIN, seed=0)
    _, record = mixer(0)
    with pytest.raises(Leakage, match="training sample"):
        mixer(1)
    for parents in ((0, 1), (1, 0)):
        with pytest.raises(Leakage, match="training sample"):
            mixer.replay(replace(record, parents=parents))


def test_bad_input_is_named() -> None:
    samples = Watched(masks=False)
    with pytest.raises(BadInput, match="two or more"):
        Mixer(Mixup(), samples, train=[3, 3], seed=0)
    with pytest.raises(BadInput, match="probability"):
        Mixer(Mixup(), samples, train=TRAIN, seed=0, p=1.5)
    with pytest.raises(BadInput, match="seed"):
        Mixer(Mixup(), samples, train=TRAIN, seed=-1)
    mixer = Mixer(Mixup(), samples, train=TRAIN, seed=0)
    _, record = mixer(0)
    with pytest.raises(BadInput, match="a record of mixup"):
        mixer.replay(replace(record, mixing="cutmix"))
    with pytest.raises(BadInput, match="grid on record"):
        mixer.replay(replace(record, grid=(16, 17)))
    for text in ("", "[]", "{}", '{"parents": [1]}'):
        with pytest.raises(BadInput, match=r"MixRecord\.to_json"):
            MixRecord.from_json(text)
