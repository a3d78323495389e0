"""Scripts that run in another interpreter, where other tools are installed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def command(interpreter: str, script: str) -> list[str]:
    """What runs a file of this folder."""
    return [str(Path(interpreter).absolute()), str(Path(__file__).with_name(script).resolve())]


def environment() -> dict[str, str]:
    """Without the paths of this Python, on one thread."""
    quiet = {"NO_ALBUMENTATIONS_UPDATE": "1"}
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | ONE_THREAD | quiet


@contextmanager
def asked(interpreter: str, script: str, *, stderr: int | None = None) -> Iterator[Callable[[str], Any]]:
    """A function that sends one line to a script that stays alive, and reads one line of JSON from it."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command(interpreter, script), stdin=pipe, stdout=pipe, stderr=stderr, text=True, env=environment()
    ) as process:
        asking, answers = process.stdin, process.stdout
        assert asking is not None
        assert answers is not None

        def ask(line: str) -> Any:
            asking.write(f"{line}\n")
            asking.flush()
            return json.loads(answers.readline())

        yield ask
        asking.close()
