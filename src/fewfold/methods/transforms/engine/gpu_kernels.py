"""Resampling on a GPU in one pass over memory: each output value is placed, interpolated, mapped and written once.

Only :mod:`fewfold.methods.transforms.engine.gpu` imports this file: it needs Triton, which comes with torch for CUDA.
Places are computed in single precision.
"""
# mypy: disable-error-code="import-not-found,import-untyped,no-untyped-def,untyped-decorator,no-untyped-call,misc"

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def _mapped(value, curve, PIECES: tl.constexpr):
    """Pieces of (gain, offset, exponent), one after the other."""
    for piece in tl.static_range(PIECES):
        value = value * tl.load(curve + 3 * piece) + tl.load(curve + 3 * piece + 1)
        exponent = tl.load(curve + 3 * piece + 2)
        if exponent != 1.0:
            value = tl.where(value > 0, tl.exp2(exponent * tl.log2(tl.maximum(value, 1e-37))), value * 0)
    return value


@triton.jit
def pictures(
    source, output, matrix, table, curve, fill, height, width, rows, columns,
    CHANNELS: tl.constexpr, TABLE: tl.constexpr, PIECES: tl.constexpr, BYTES: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """(N, height, width, channels) to (N, rows, columns, channels). ``matrix``: (N, 2, 3), output to source index;
    ``table``: (N, 256) grey levels; ``curve``: (N, pieces, 3)."""
    sample = tl.program_id(1).to(tl.int64)
    point = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    wanted = point < rows * columns
    y, x = (point // columns).to(tl.float32), (point % columns).to(tl.float32)
    m = matrix + sample * 6
    v = tl.load(m) * y + tl.load(m + 1) * x + tl.load(m + 2)
    u = tl.load(m + 3) * y + tl.load(m + 4) * x + tl.load(m + 5)
    inside = wanted & (v >= 0) & (v <= height - 1) & (u >= 0) & (u <= width - 1)
    top = tl.maximum(tl.minimum(v.to(tl.int32), height - 2), 0)
    left = tl.maximum(tl.minimum(u.to(tl.int32), width - 2), 0)
    below, beside = tl.where(height > 1, width * CHANNELS, 0), tl.where(width > 1, CHANNELS, 0)
    corner = source + sample * height * width * CHANNELS + (top * width + left) * CHANNELS
    place = output + sample * rows * columns * CHANNELS + point * CHANNELS
    v, u = v - top, u - left
    for channel in tl.static_range(CHANNELS):
        a = tl.load(corner + channel, mask=inside, other=0).to(tl.float32)
        b = tl.load(corner + beside + channel, mask=inside, other=0).to(tl.float32)
        c = tl.load(corner + below + channel, mask=inside, other=0).to(tl.float32)
        d = tl.load(corner + below + beside + channel, mask=inside, other=0).to(tl.float32)
        a, c = a + (b - a) * u, c + (d - c) * u
        value = _mapped(tl.where(inside, a + (c - a) * v, fill), curve + sample * 3 * PIECES, PIECES)
        if BYTES:
            value = tl.floor(tl.minimum(tl.maximum(value, 0.0), 255.0) + 0.5).to(tl.int32)
            if TABLE:
                value = tl.load(table + sample * 256 + value, mask=wanted, other=0)
        tl.store(place + channel, value.to(output.dtype.element_ty), mask=wanted)


@triton.jit
def volumes(
    source, output, matrix, curve, fill, depth, height, width, slices, rows, columns,
    PIECES: tl.constexpr, BLOCK: tl.constexpr, STEPS: tl.constexpr,
):  # fmt: skip
    """(N, depth, height, width) to (N, slices, rows, columns). ``matrix``: (N, 3, 4), output to source index. Each
    program works off several lines: to start one costs as much as half a line."""
    sample = tl.program_id(2).to(tl.int64)
    m = matrix + sample * 12
    m0, m1, m2, m3 = tl.load(m), tl.load(m + 1), tl.load(m + 2), tl.load(m + 3)
    m4, m5, m6, m7 = tl.load(m + 4), tl.load(m + 5), tl.load(m + 6), tl.load(m + 7)
    m8, m9, m10, m11 = tl.load(m + 8), tl.load(m + 9), tl.load(m + 10), tl.load(m + 11)
    for step in range(STEPS):
        line = tl.program_id(1) * STEPS + step
        z, y = line // rows, line % rows
        x = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
        wanted = (x < columns) & (z < slices)
        w = m0 * z + m1 * y + m2 * x + m3
        v = m4 * z + m5 * y + m6 * x + m7
        u = m8 * z + m9 * y + m10 * x + m11
        inside = wanted & (w >= 0) & (w <= depth - 1) & (v >= 0) & (v <= height - 1) & (u >= 0) & (u <= width - 1)
        front = tl.maximum(tl.minimum(w.to(tl.int32), depth - 2), 0)
        top = tl.maximum(tl.minimum(v.to(tl.int32), height - 2), 0)
        left = tl.maximum(tl.minimum(u.to(tl.int32), width - 2), 0)
        behind, below = tl.where(depth > 1, height * width, 0), tl.where(height > 1, width, 0)
        beside = tl.where(width > 1, 1, 0)
        near = source + sample * depth * height * width + (front * height + top) * width + left
        far = near + behind
        w, v, u = w - front, v - top, u - left
        a = tl.load(near, mask=inside, other=0).to(tl.float32)
        a += (tl.load(near + beside, mask=inside, other=0).to(tl.float32) - a) * u
        b = tl.load(near + below, mask=inside, other=0).to(tl.float32)
        b += (tl.load(near + below + beside, mask=inside, other=0).to(tl.float32) - b) * u
        c = tl.load(far, mask=inside, other=0).to(tl.float32)
        c += (tl.load(far + beside, mask=inside, other=0).to(tl.float32) - c) * u
        d = tl.load(far + below, mask=inside, other=0).to(tl.float32)
        d += (tl.load(far + below + beside, mask=inside, other=0).to(tl.float32) - d) * u
        a, c = a + (b - a) * v, c + (d - c) * v
        value = _mapped(tl.where(inside, a + (c - a) * w, fill), curve + sample * 3 * PIECES, PIECES)
        place = output + sample * slices * rows * columns + (z * rows + y) * columns + x
        tl.store(place, value.to(output.dtype.element_ty), mask=wanted)
