"""Runs the cells that are missing, on one core, on several, or on a cluster."""

from __future__ import annotations

import pickle
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import resource_tracker
from typing import Any, Literal

from fewfold.core.errors import BadInput
from fewfold.core.optional import require
from fewfold.study.cells import Cell, Design, compute
from fewfold.study.store import Store

Backend = Literal["loky", "dask", "ray"]
BACKENDS: tuple[Backend, ...] = ("loky", "dask", "ray")
Progress = Callable[[int, int], None]
PIECES_PER_WORKER = 8  # cells handed to each worker at a time where a cluster gives results back in batches


def run(
    design: Design,
    store: Store,
    *,
    jobs: int = 1,
    backend: str = "loky",
    progress: Progress | None = None,
    opened: bool = False,
) -> dict[Cell, dict[str, Any]]:
    """All cells of the study; with ``opened`` those of the sealed holdout too. A cell that the store holds is not
    computed again; each new one is stored at once."""
    done: dict[Cell, dict[str, Any]] = {}
    missing: list[Cell] = []
    cells = [*design.cells(), *(design.sealed_cells() if opened else [])]
    for cell in cells:
        kept = store.get(cell.key)
        if kept is None:
            missing.append(cell)
        else:
            done[cell] = kept
    total = len(done) + len(missing)
    if progress:
        progress(len(done), total)
    for cell, content in _results(missing, design, jobs, backend):
        store.put(cell.key, content)
        done[cell] = content
        if progress:
            progress(len(done), total)
    return {cell: done[cell] for cell in cells}


def _results(cells: Sequence[Cell], design: Design, jobs: int, backend: str) -> Iterable[tuple[Cell, dict[str, Any]]]:
    if backend not in BACKENDS:
        raise BadInput(expected=f"a backend: {', '.join(BACKENDS)}", found=repr(backend), fix="Choose one of them.")
    if jobs < 1:
        raise BadInput(expected="1 or more jobs", found=str(jobs), fix="Use --jobs 2 for two cores.")
    if not cells:
        return []
    if backend == "loky":
        return _serial(cells, design) if jobs == 1 else _parallel(cells, design, jobs)
    return _cluster(cells, design, jobs, backend)


def _serial(cells: Sequence[Cell], design: Design) -> Iterator[tuple[Cell, dict[str, Any]]]:
    for cell in cells:
        yield cell, compute(cell, design)


def _tasks(cells: Sequence[Cell], design: Design) -> Iterator[Any]:
    """What is sent to the workers. The design is pickled once here, and unpickled once in each worker."""
    from joblib import delayed

    packed = pickle.dumps(design)
    return (delayed(_unpacked)(cell, packed) for cell in cells)


def _unpacked(cell: Cell, packed: bytes) -> tuple[Cell, dict[str, Any]]:
    """One cell in a worker, where nothing may start work of its own: a forest would send its trees to the cluster."""
    from joblib import parallel_config

    with parallel_config(backend="sequential"):
        return cell, compute(cell, _design(packed))


@lru_cache(maxsize=1)
def _design(packed: bytes) -> Design:
    design: Design = pickle.loads(packed)
    return design


def _parallel(cells: Sequence[Cell], design: Design, jobs: int) -> Iterator[tuple[Cell, dict[str, Any]]]:
    from joblib import Parallel

    workers = Parallel(n_jobs=jobs, backend="loky", return_as="generator_unordered", pre_dispatch="4*n_jobs")
    with _deaf():
        results = workers(_tasks(cells, design))
    yield from results


def _cluster(cells: Sequence[Cell], design: Design, jobs: int, backend: str) -> Iterator[tuple[Cell, dict[str, Any]]]:
    from joblib import Parallel

    batch = jobs * PIECES_PER_WORKER
    with _connected(backend, jobs):
        for start in range(0, len(cells), batch):
            yield from Parallel(n_jobs=jobs)(_tasks(cells[start : start + batch], design))


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes started in here do not hear Ctrl-C, which a terminal sends to all of them: this one hears it, and ends
    them. A Ctrl-C that comes meanwhile takes effect on leaving."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its start would undo the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _connected(backend: str, jobs: int) -> Iterator[None]:
    """joblib speaking to a cluster: the one this process is already connected to, else a local one of ``jobs``."""
    from joblib import parallel_config

    if backend == "dask":
        distributed = require("distributed", extra="cluster")
        try:
            distributed.get_client()
        except ValueError:
            with _deaf():
                local = distributed.LocalCluster(
                    n_workers=jobs, threads_per_worker=1, dashboard_address=":0", silence_logs="ERROR"
                )
            with local as cluster, distributed.Client(cluster), parallel_config(backend="dask"):
                yield
            return
        with parallel_config(backend="dask"):
            yield
        return
    ray = require("ray", extra="cluster")
    require("ray.util.joblib", extra="cluster").register_ray()
    ours = not ray.is_initialized()
    if ours:
        ray.init(num_cpus=jobs, include_dashboard=False, log_to_driver=False, logging_level="error")
    try:
        with parallel_config(backend="ray"):
            yield
    finally:
        if ours:
            ray.shutdown()
