"""Runs what is missing: one small file a simulated study, whole or absent, so that a run can be stopped at any time."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from fewfold.core.files import write_atomic


class Task(Protocol):
    """A simulated study with the name of its file."""

    @property
    def key(self) -> str: ...


def folder() -> Path:
    """Where the results lie: ``FEWFOLD_PROOF``, else ``.proof`` here."""
    return Path(os.environ.get("FEWFOLD_PROOF", ".proof"))


def run(tasks: Sequence[Task], compute: Callable[[Any], dict[str, Any]], jobs: int) -> None:
    """Compute and store the tasks that have no file yet."""
    from joblib import Parallel, delayed

    missing = [task for task in tasks if not _path(task.key).exists()]
    print(f"{len(tasks) - len(missing)} done, {len(missing)} to do", file=sys.stderr, flush=True)
    Parallel(n_jobs=jobs)(delayed(_store)(task, compute) for task in missing)


def results(part: str) -> Iterator[dict[str, Any]]:
    """What is stored of a part, in the order of the names."""
    for path in sorted((folder() / part).glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8"))


def _store(task: Task, compute: Callable[[Any], dict[str, Any]]) -> None:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        content = compute(task)
    path = _path(task.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, json.dumps(content))


def _path(key: str) -> Path:
    return folder() / f"{key}.json"
