"""Speed of the augmentation engine, per image and core, beside other tools.

Set FEWFOLD_PEERS_IMAGES to a Python interpreter with albumentations, kornia, monai, torchio and batchgeneratorsv2 (or
some of them) to have their times on the same work, work by work in rounds: ours, theirs, ours, theirs. A ratio is
the median over the rounds, with the least and the largest. All times are medians of processor time on one thread.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import numpy as np

import fewfold as ff
from benchmarks._peer import asked
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.engine import kernel

SIDE, CUBE = 224, 128
GOALS = {"plane": ("albumentations", 4), "plane, elastic": ("", 4), "volume": ("", 15), "volume, elastic": ("", 25)}
GOALS |= {f"volume, {name}": ("", 4) for name in ("ghosting", "motion", "spike")}
GOALS |= {"volume, bias_field": ("", 10), "volume, gaussian_noise": ("", 3), "volume, gamma": ("", 3)}
ALONE = ("bias_field", "ghosting", "motion", "spike", "gaussian_noise", "gamma")
TWO_THREADS = 1.8
ROUNDS = 7


def augmenter(names: dict[str, dict[str, Any]], **settings: Any) -> Augmenter:
    return ff.Augmenter([ff.transform(name, **params) for name, params in names.items()], seed=0, **settings)


def works(threads: int = 1) -> dict[str, tuple[Augmenter, np.ndarray, int]]:
    rng = np.random.default_rng(0)
    plane = rng.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    volume = rng.random((CUBE,) * 3, dtype=np.float32)
    turn: dict[str, dict[str, Any]] = {"rotation": {"degrees": 15}, "scaling": {"factor": [0.9, 1.1]}}
    flat = {**turn, "translation": {"share": 0.06}, "shear": {"degrees": 5}, "reflection": {"p": 0.5}}
    values: dict[str, dict[str, Any]] = {"brightness": {}, "contrast": {}}
    space = {"dims": 3, "value_range": (0, 1), "threads": threads}
    return {
        "plane": (augmenter({**flat, **values}, threads=threads), plane, 500),
        "plane, elastic": (augmenter({"elastic": {}}, threads=threads), plane, 300),
        "volume": (augmenter({**turn, "reflection": {"p": 0.5}, **values}, **space), volume, 15),
        "volume, elastic": (augmenter({**turn, "elastic": {}}, **space), volume, 9),
    } | {f"volume, {name}": (augmenter({name: {}}, **space), volume, 15) for name in ALONE}


def milliseconds(work: Callable[[int], object], repeats: int, clock: Callable[[], float] = process_time) -> float:
    work(0)
    taken = []
    for index in range(repeats):
        begin = clock()
        work(index)
        taken.append(clock() - begin)
    return 1e3 * statistics.median(taken)


def ours(work: tuple[Augmenter, np.ndarray, int], share: int = 1) -> float:
    """``share``: the repeats are divided by it."""
    a, image, repeats = work
    return milliseconds(lambda index: a(image, index=index), max(1, repeats // share))


def against(interpreter: str) -> None:
    """Ours and theirs by turns, so that a machine that grows busy is busy for both."""
    with asked(interpreter, "_images_peers.py") as timed:
        for name, work in works().items():
            mine, others = [], []
            for _ in range(ROUNDS):
                mine.append(ours(work, share=ROUNDS))
                others.append(timed(name))
            compared(name, mine, {peer: [took[peer] for took in others] for peer in others[0]})


def compared(name: str, mine: list[float], theirs: dict[str, list[float]]) -> None:
    for peer, took in {**theirs, "fewfold": mine}.items():
        print(f"  {name:22} {peer:20} {statistics.median(took):9.3f} ms ({min(took):.3f} to {max(took):.3f})")
    who, goal = GOALS[name]
    rivals = {peer: took for peer, took in theirs.items() if peer != "opencv"}
    if rivals:
        best = who if who in rivals else min(rivals, key=lambda peer: statistics.median(rivals[peer]))
        ratios = [b / a for a, b in zip(mine, rivals[best], strict=True)]
        told = f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
        print(f"  {name:22} {told} times as fast as {best}, to reach {goal}", flush=True)


def scaling() -> None:
    """Wall-clock time of one and of two threads: rows of a volume, samples of a batch."""
    one, two = works(1), works(2)
    for name in ("volume", "plane"):
        taken = []
        for a, image, _ in (one[name], two[name]):
            if name == "plane":
                batch = [image] * 64
                taken.append(milliseconds(lambda k, a=a, b=batch: a.batch(b, indices=range(64)), 15, perf_counter))
            else:
                taken.append(milliseconds(lambda k, a=a, image=image: a(image, index=k), 15, perf_counter))
        print(f"  {name:22} two threads {taken[0] / taken[1]:.2f} times one (to reach {TWO_THREADS})", flush=True)


def main() -> None:
    print(f"  {kernel.described()}; {os.cpu_count()} cores")
    interpreter = os.environ.get("FEWFOLD_PEERS_IMAGES")
    for name, work in works().items():
        print(f"  {name:22} {ours(work):9.3f} ms", flush=True)
    scaling()
    if interpreter:
        against(interpreter)
    else:
        print("  FEWFOLD_PEERS_IMAGES is not set: other tools were not timed")


if __name__ == "__main__":
    main()
