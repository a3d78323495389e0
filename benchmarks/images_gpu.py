"""The resampling on a GPU against a copy of the same memory, which is the least that any resampling must move.

Run ``python -m benchmarks.images_gpu`` where there is a GPU with torch and Triton.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from fewfold.methods.transforms.engine.gpu import available, warp_batch

ROUNDS = 50


def median(work: Callable[[], object]) -> float:
    """Milliseconds on the device."""
    import torch

    times = []
    for _ in range(ROUNDS + 10):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        torch.cuda.synchronize()
        times.append(begin.elapsed_time(end))
    return float(np.median(times[10:]))


def maps(n: int, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """(n, axes, axes + 1) rotations by up to 15 degrees in each plane, scales of 0.9 to 1.1, shifts, flips."""
    from scipy.spatial.transform import Rotation

    axes, middle, out = len(shape), (np.array(shape) - 1) / 2, []
    for i in range(n):
        angles = rng.uniform(-15, 15, 3) if axes == 3 else [0, 0, rng.uniform(-15, 15)]
        linear = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()[:axes, :axes] * rng.uniform(0.9, 1.1)
        linear[:, -1] *= -1 if i % 2 else 1
        out.append(np.c_[linear, middle - linear @ middle + rng.uniform(-5, 5, axes)])
    return np.array(out)


def main() -> None:
    if not available():
        print("images on a GPU: skipped, there is none that torch and Triton can use")
        return
    import torch

    rng = np.random.default_rng(0)
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    for told, shape, axes, kind in (
        ("1024 pictures of 224 x 224 x 3, uint8", (1024, 224, 224, 3), 2, torch.uint8),
        ("1024 pictures of 224 x 224 x 3, float32", (1024, 224, 224, 3), 2, torch.float32),
        ("1024 pictures of 224 x 224 x 1, uint8", (1024, 224, 224, 1), 2, torch.uint8),
        ("32 volumes of 128 x 128 x 128, float32", (32, 128, 128, 128), 3, torch.float32),
    ):
        images = torch.randint(0, 256, shape, dtype=torch.uint8, device="cuda").to(kind)
        matrices = torch.from_numpy(maps(shape[0], shape[1 : 1 + axes], rng)).float().cuda()
        curves = torch.tensor([[[1.1, -3.0, 1.0]]], device="cuda").repeat(shape[0], 1, 1)
        tables = torch.arange(256, dtype=torch.uint8, device="cuda").repeat(shape[0], 1)
        given = {"tables": tables} if kind == torch.uint8 else {"curves": curves}
        copied = torch.empty_like(images)
        copy, warp = median(partial(copied.copy_, images)), median(partial(warp_batch, images, matrices, **given))
        moved = 2 * images.numel() * images.element_size() / 1e9
        print(f"{told}: {warp:.3f} ms, a copy {copy:.3f} ms ({moved / copy:.2f} TB/s), ratio {warp / copy:.2f}")


if __name__ == "__main__":
    main()
