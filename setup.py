"""The one part that is compiled. Where there is no compiler the package installs without it, and is slower."""

from pathlib import Path

from setuptools import Extension, setup

KERNEL = Path("src/fewfold/methods/transforms/kernel")

setup(
    ext_modules=[
        Extension(
            "fewfold.methods.transforms._kernel",
            sources=[str(path) for path in sorted(KERNEL.glob("*.c"))],
            depends=[str(path) for path in sorted([*KERNEL.glob("*.h"), *KERNEL.glob("*.inc")])],
            # no fused multiply-add: the same bits on every processor
            extra_compile_args=[
                "-O3",
                "-g0",
                "-std=gnu11",
                "-ffp-contract=off",
                "-fno-math-errno",
                "-fno-trapping-math",
            ],
            define_macros=[("Py_LIMITED_API", "0x030b0000")],
            py_limited_api=True,
            optional=True,
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
