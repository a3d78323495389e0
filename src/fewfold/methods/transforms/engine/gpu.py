"""The resampling of a batch on a GPU: each image under its own affine map and its own change of values, in one pass.

What is drawn does not depend on where it is applied: parameters come from the same seeds as on the CPU.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from fewfold.core.optional import require

PICTURE_BLOCK, VOLUME_BLOCK, LINES = 512, 128, 16
TENSOR = Any  # torch.Tensor; torch is an extra


def available() -> bool:
    """Whether there is a GPU that torch and Triton can use."""
    if not (find_spec("torch") and find_spec("triton")):
        return False
    return bool(require("torch", extra="neural").cuda.is_available())


def warp_batch(
    images: TENSOR, matrices: TENSOR, *, fill: float = 0.0, curves: TENSOR = None, tables: TENSOR = None
) -> TENSOR:
    """Resample a batch linearly, each image under its own map, and change its values, in one pass over memory.

    ``images``: (N, height, width, channels) of uint8 or float32, or (N, depth, height, width) of float32, on a GPU,
    with ``matrices`` (N, 2, 3) or (N, 3, 4): for each the map from an index of the output to one of the source, in the
    order of the axes. What lies beyond the outermost points is ``fill``. ``curves``: (N, pieces, 3) of gain, offset and
    exponent, applied one after the other; ``tables``: (N, 256) grey levels for uint8, applied last. Returns a tensor of
    the same shape and type. Raises ``ValueError`` where the shapes or types do not fit, and names the extra ``neural``
    where torch is missing.
    """
    torch = require("torch", extra="neural")
    from fewfold.methods.transforms.engine import gpu_kernels

    n, axes = images.shape[0], matrices.shape[1]
    wanted = {2: (torch.uint8, torch.float32), 3: (torch.float32,)}.get(axes, ())
    if images.ndim != 4 or matrices.shape != (n, axes, axes + 1) or images.dtype not in wanted:
        raise ValueError(
            f"images must be (N, height, width, channels) of uint8 or float32 with matrices (N, 2, 3), or (N, depth, "
            f"height, width) of float32 with matrices (N, 3, 4); found {tuple(images.shape)} of {images.dtype} with "
            f"{tuple(matrices.shape)}"
        )
    if tables is not None and (tables.shape != (n, 256) or images.dtype != torch.uint8):
        raise ValueError(f"tables must be ({n}, 256) for images of uint8; found {tuple(tables.shape)}, {images.dtype}")
    if not images.is_cuda:
        raise ValueError("images must be on a GPU: use .cuda(), or the CPU engine for arrays")

    def there(values: TENSOR) -> TENSOR:
        return values.to(images.device, torch.float32).contiguous()

    source, output, matrix = images.contiguous(), torch.empty_like(images), there(matrices)
    curve = matrix if curves is None else there(curves)
    pieces = 0 if curves is None else curves.shape[1]
    if axes == 3:
        depth, height, width = source.shape[1:]
        grid = (-(-width // VOLUME_BLOCK), -(-depth * height // LINES), n)
        gpu_kernels.volumes[grid](
            source, output, matrix, curve, fill, depth, height, width, depth, height, width,
            PIECES=pieces, BLOCK=VOLUME_BLOCK, STEPS=LINES,
        )  # fmt: skip
        return output
    height, width, channels = source.shape[1:]
    table = matrix if tables is None else tables.to(images.device, torch.uint8).contiguous()
    gpu_kernels.pictures[(-(-height * width // PICTURE_BLOCK), n)](
        source, output, matrix, table, curve, fill, height, width, height, width,
        CHANNELS=channels, TABLE=tables is not None, PIECES=pieces, BYTES=source.dtype == torch.uint8,
        BLOCK=PICTURE_BLOCK,
    )  # fmt: skip
    return output
