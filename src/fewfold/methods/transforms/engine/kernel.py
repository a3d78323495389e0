"""The compiled kernel, where there is one."""

from __future__ import annotations

from types import ModuleType

KERNEL: ModuleType | None
try:
    from fewfold.methods.transforms import _kernel as KERNEL
except ImportError:  # installed without a compiler
    KERNEL = None


def described() -> str:
    """What resamples images here, in words."""
    if KERNEL is None:
        return "scipy (no compiled kernel: the same results, slower)"
    return f"compiled kernel ({KERNEL.instructions()})"
