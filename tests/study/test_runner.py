"""A run can be killed at any moment: what was done is kept, and the end is the same bit for bit."""

from __future__ import annotations

import pickle
import signal
import socket
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest
from joblib import effective_n_jobs, parallel_config

from cohorts import make_cohort
from fewfold.core.errors import BadInput
from fewfold.study import runner
from fewfold.study.study import Study
from study.small import SMALL


def study() -> Study:
    return Study(make_cohort(60), **SMALL)


@pytest.fixture(scope="module")
def undisturbed() -> str:
    return study().run().to_json()


def test_kill_nine_and_run_again(tmp_path, undisturbed):
    script = textwrap.dedent(
        f"""
        import sys
        sys.path[:0] = [{str(Path(__file__).parents[1])!r}]
        from cohorts import make_cohort
        from study.small import SMALL
        from fewfold.study.study import Study
        Study(make_cohort(60), **SMALL).run({str(tmp_path)!r})
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)
    cells = tmp_path / "cells"
    deadline = time.monotonic() + 300  # on a busy machine
    while len(list(cells.rglob("*.json"))) < 5 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stderr is not None
    process.stderr.close()
    kept = {path: path.stat().st_mtime_ns for path in cells.rglob("*.json")}
    assert len(kept) >= 5
    assert study().run(tmp_path).to_json() == undisturbed
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items()), "a finished cell was written again"


def test_nothing_is_computed_twice(tmp_path, undisturbed, monkeypatch):
    study().run(tmp_path)

    def refuse(*_):
        raise AssertionError("computed again")

    monkeypatch.setattr(runner, "compute", refuse)
    assert study().run(tmp_path).to_json() == undisturbed


def test_two_workers_give_the_same_bits(undisturbed):
    assert study().run(jobs=2).to_json() == undisturbed


@pytest.mark.parametrize("backend", ["dask", "ray"])
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_cluster_gives_the_same_bits(backend, undisturbed):
    pytest.importorskip(backend, reason=f"the cluster extra ({backend}) is not installed")
    assert study().run(jobs=2, backend=backend).to_json() == undisturbed


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_second_cluster_starts_beside_the_first(undisturbed):
    """The port that dask would like for its page is taken, here by a socket; a warning about it would be an error."""
    pytest.importorskip("distributed", reason="the cluster extra (dask) is not installed")
    with socket.socket() as taken:
        with suppress(OSError):  # taken already
            taken.bind(("", 8787))
            taken.listen()
        assert study().run(jobs=2, backend="dask").to_json() == undisturbed


def test_a_cell_starts_no_work_of_its_own(monkeypatch):
    """Else a forest sends its trees to the cluster that its cell came from."""
    monkeypatch.setattr(runner, "compute", lambda *_: {"workers": effective_n_jobs(-1)})
    with parallel_config(backend="threading", n_jobs=2):
        assert runner._unpacked(None, pickle.dumps(None)) == (None, {"workers": 1})


def test_progress_counts_what_was_kept(tmp_path):
    study().run(tmp_path)
    seen: list[tuple[int, int]] = []
    study().run(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(seen[0][1], seen[0][1])]


def test_ctrl_c_keeps_what_was_done(tmp_path, undisturbed):
    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study().run(tmp_path, progress=stop)
    assert len(list((tmp_path / "cells").rglob("*.json"))) == 4
    assert study().run(tmp_path).to_json() == undisturbed


@pytest.mark.parametrize(("jobs", "backend", "said"), [(0, "loky", "1 or more"), (1, "slurm", "loky, dask, ray")])
def test_bad_workers(jobs, backend, said):
    with pytest.raises(BadInput, match=said):
        study().run(jobs=jobs, backend=backend)
