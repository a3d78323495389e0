"""Speed of the artefacts of magnetic resonance imaging, for a volume on one core, beside the same in plain numpy.

Times are medians of processor time over the same draws; the goals are milliseconds. That both do the same is checked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import polynomial

import fewfold as ff
from benchmarks.images import CUBE, augmenter, milliseconds
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.engine import kernel
from fewfold.methods.transforms.engine.lattice import Lattice

Work = Callable[[np.ndarray, dict[str, Any]], np.ndarray]
GOALS = {"bias_field": 4.7, "ghosting": 18, "spike": 18, "motion": 80}  # ms
LATTICE = Lattice((CUBE,) * 3, (1.0,) * 3)
LINE = np.fft.fftfreq(CUBE, 1 / CUBE)
OURS, PLAIN = 25, 3  # repeats
CLOSE = 1e-4  # of the range of values


def column(values: np.ndarray, axis: int) -> np.ndarray:
    return values.astype(np.float32).reshape([-1 if k == axis else 1 for k in range(3)])


def bias_field(volume: np.ndarray, drawn: dict[str, Any]) -> np.ndarray:
    places = np.linspace(-1 + 1 / CUBE, 1 - 1 / CUBE, CUBE)
    return volume * np.exp(polynomial.polygrid3d(places, places, places, np.array(drawn["coefficients"])))


def ghosting(volume: np.ndarray, drawn: dict[str, Any]) -> np.ndarray:
    weak = (LINE % drawn["ghosts"] == 0) & (abs(LINE) > drawn["centre"] * CUBE / 2)
    weights = column(1 - drawn["intensity"] * weak, drawn["axis"])
    return np.fft.ifft(np.fft.fft(volume, axis=drawn["axis"]) * weights, axis=drawn["axis"]).real


def spike(volume: np.ndarray, drawn: dict[str, Any]) -> np.ndarray:
    spectrum = np.fft.fftn(volume)
    for each in drawn["spikes"]:
        struck = 0.5 * each["amplitude"] * volume.size * np.exp(1j * each["phase"])
        spectrum[tuple(each["cycles"])] += struck
        spectrum[tuple(-k for k in each["cycles"])] += struck.conj()
    return np.fft.ifftn(spectrum).real


def gibbs(volume: np.ndarray, drawn: dict[str, Any]) -> np.ndarray:
    spectrum = np.fft.fftn(volume)
    for axis, kept in enumerate(drawn["kept"]):
        spectrum *= column(abs(LINE) <= kept * CUBE / 2, axis)
    return np.fft.ifftn(spectrum).real


def anisotropy(volume: np.ndarray, drawn: dict[str, Any]) -> np.ndarray:
    slices, lines = drawn["slices"], np.moveaxis(volume, drawn["axis"], 0)
    total = np.concatenate([np.zeros_like(lines[:1]), np.cumsum(lines, axis=0, dtype=np.float32)])
    thick = np.diff(between(total, np.linspace(0, CUBE, slices + 1)), axis=0) * np.float32(slices / CUBE)
    places = np.clip((np.arange(CUBE) + 0.5) * slices / CUBE - 0.5, 0, slices - 1)
    return np.moveaxis(between(thick, places), 0, drawn["axis"])


def between(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Linear interpolation along the first axis."""
    below = np.minimum(places.astype(int), len(values) - 2)
    part = column(places - below, 0)
    return values[below] * (1 - part) + values[below + 1] * part


def motion(volume: np.ndarray, drawn: dict[str, Any]) -> np.ndarray:
    total = np.zeros(volume.shape, np.complex64)
    for each in drawn["positions"]:
        chain = {"rotation": {"degrees": each["degrees"]}, "translation": {"share": each["shift"]}}
        spectrum = np.fft.fft(moved(volume, chain), axis=drawn["axis"])
        first, stop = each["lines"]
        total += spectrum * column((first <= LINE) & (stop > LINE), drawn["axis"])
    return np.abs(np.fft.ifft(total, axis=drawn["axis"]))


def moved(volume: np.ndarray, chain: dict[str, dict[str, Any]]) -> np.ndarray:
    """By the engine, which has its own benchmark: what is compared is the work in k-space."""
    from fewfold.methods.transforms.record import Record, Step

    record = Record(0, 0, 0, LATTICE, tuple(Step(name, drawn) for name, drawn in chain.items()))
    return ff.Augmenter([], seed=0, dims=3).replay(volume, record)


def undersampling(volume: np.ndarray, drawn: dict[str, Any]) -> np.ndarray:
    lines = column(np.isin(LINE, drawn["lines"]), drawn["axis"])
    return np.abs(np.fft.ifft(np.fft.fft(volume, axis=drawn["axis"]) * lines, axis=drawn["axis"]))


WORKS: tuple[Work, ...] = (bias_field, ghosting, spike, gibbs, anisotropy, motion, undersampling)


def drawn_by(a: Augmenter, index: int) -> dict[str, Any]:
    drawn = a.draw(LATTICE, index=index).steps[0].drawn
    assert drawn is not None
    return drawn


def main() -> None:
    print(f"  {kernel.described()}; {os.cpu_count()} cores; {CUBE}^3, single precision")
    volume = np.random.default_rng(0).random(LATTICE.shape, dtype=np.float32)
    print(f"  {'a copy of the volume':18} {milliseconds(lambda _: volume.copy(), OURS):7.2f} ms")
    for work in WORKS:
        name = work.__name__
        a = augmenter({name: {}}, dims=3, value_range=(0, 1))
        apart = float(np.abs(a(volume, index=0) - work(volume, drawn_by(a, 0))).max())
        assert apart < CLOSE, f"{name} and plain numpy are {apart:g} apart"
        own = milliseconds(lambda index, a=a: a(volume, index=index), OURS)
        plain = milliseconds(lambda index, a=a, work=work: work(volume, drawn_by(a, index)), PLAIN)
        goal = f" (to reach {GOALS[name]} ms)" if name in GOALS else ""
        beside = f"plain numpy {plain:.0f} ms, {plain / own:.1f} times as long"
        print(f"  {name:18} {own:7.2f} ms{goal}; {beside}", flush=True)


if __name__ == "__main__":
    main()
