"""Speed of the augmentation engine, per image and core, beside other tools.

Set FEWFOLD_PEERS_IMAGES to a Python interpreter with albumentations, kornia, monai, torchio and batchgeneratorsv2 (or
some of them) to have their times on the same work. All times are medians of processor time on one thread.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

import fewfold as ff
from fewfold.methods.transforms.augmenter import Augmenter
from fewfold.methods.transforms.engine import kernel

SIDE, CUBE = 224, 128
GOALS = {"plane": ("albumentations", 4), "plane, elastic": ("", 4), "volume": ("", 15), "volume, elastic": ("", 25)}
GOALS |= {f"volume, {name}": ("", 4) for name in ("ghosting", "motion", "spike")}
GOALS |= {"volume, bias_field": ("", 10), "volume, gaussian_noise": ("", 3), "volume, gamma": ("", 3)}
ALONE = ("bias_field", "ghosting", "motion", "spike", "gaussian_noise", "gamma")
TWO_THREADS = 1.8


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


def ours() -> dict[str, float]:
    return {
        name: milliseconds(lambda index, a=a, image=image: a(image, index=index), repeats)
        for name, (a, image, repeats) in works().items()
    }


def peers(interpreter: str) -> dict[str, dict[str, float]]:
    script = Path(__file__).with_name("_images_peers.py").resolve()
    one = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NO_ALBUMENTATIONS_UPDATE": "1"}
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | one
    command = [str(Path(interpreter).absolute()), str(script)]
    told = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    for line in told.stderr.splitlines():
        print(f"  {line}")
    if told.returncode:
        return {}
    found: dict[str, dict[str, float]] = json.loads(told.stdout.strip().splitlines()[-1])
    return found


def against(interpreter: str) -> None:
    """Ours before and after theirs, so that a machine that grows busy is seen."""
    before, theirs, after = ours(), peers(interpreter), ours()
    for name, (who, goal) in GOALS.items():
        own = {k: v for k, v in theirs.get(name, {}).items() if k != "opencv"}
        for peer, took in theirs.get(name, {}).items():
            print(f"  {name:22} {peer:20} {took:9.3f} ms")
        mean = (before[name] + after[name]) / 2
        print(f"  {name:22} {'fewfold':20} {mean:9.3f} ms ({before[name]:.3f} before, {after[name]:.3f} after)")
        if own:
            best = who if who in own else min(own, key=own.__getitem__)
            print(f"  {name:22} {own[best] / mean:.1f} times as fast as {best} (to reach {goal})", flush=True)


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
    for name, took in ours().items():
        print(f"  {name:22} {took:9.3f} ms", flush=True)
    scaling()
    if interpreter:
        against(interpreter)
    else:
        print("  FEWFOLD_PEERS_IMAGES is not set: other tools were not timed")


if __name__ == "__main__":
    main()
