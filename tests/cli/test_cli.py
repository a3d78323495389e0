"""The command as a user types it: exit codes, files, messages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
import pytest

import fewfold as ff
from cohorts import make_cohort

FEWFOLD = [sys.executable, "-W", "error", "-c", "from fewfold.cli import main; main()"]
UNCLOSED = [*FEWFOLD[:3], "-W", "ignore::ResourceWarning", *FEWFOLD[3:]]  # a stop may come as a file is opened
CELLS = "cells/*/[0-9]*.json"  # not those that are being written, whose names start with a dot


LIMIT_S = 300  # a cluster starts slowly on a machine that is busy


@contextmanager
def group(command: list[str], cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A process and its workers, which hear signals together, as from a terminal. None of them outlives the block, and
    no pipe of theirs stays open."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background job inherits "ignore"
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_a_process_that_does_not_stop_leaves_nothing_behind(tmp_path):
    deaf = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    started = time.monotonic()
    with (
        pytest.raises(subprocess.TimeoutExpired),
        group([sys.executable, "-c", f"{deaf}print('up', flush=True); time.sleep(600)"], cwd=tmp_path) as process,
    ):
        assert process.stdout and process.stdout.readline() == "up\n"
        process.communicate(timeout=0.1)
    assert process.returncode == -signal.SIGKILL
    assert process.stdout.closed and process.stderr and process.stderr.closed
    assert time.monotonic() - started < LIMIT_S  # the child, which holds the pipes, is gone too


def fewfold(*words: object, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "160", **more}
    command = [*FEWFOLD, *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("cli")
    ff.write(make_cohort(80), path / "patients.csv")
    return path


@pytest.fixture(scope="module")
def ran(folder) -> subprocess.CompletedProcess[str]:
    start = fewfold(
        "init", "patients.csv", "--target", "relapse", "--subject", "patient", "-o", "study.toml", cwd=folder
    )
    assert start.returncode == 0, start.stderr
    assert "fewfold run study.toml" in start.stdout
    return fewfold("run", "study.toml", "--out", "results", "--quick", cwd=folder)


def test_init_run_report(folder, ran):
    assert ran.returncode == 0, ran.stderr
    result = json.loads((folder / "results" / "result.json").read_text())
    assert {v["verdict"] for v in result["verdicts"]} <= {"helps", "harms", "no_evidence", "not_estimable", "blocked"}
    page = folder / "results" / "report.html"
    assert page.stat().st_size < 6_000_000
    before = page.read_bytes()
    page.unlink()
    assert fewfold("report", "results", cwd=folder).returncode == 0
    assert page.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "number", "code"),
    [
        ([], signal.SIGINT, 130),
        (["--jobs", "2"], signal.SIGINT, 130),
        (["--jobs", "2"], signal.SIGTERM, 143),
        (["--jobs", "2", "--backend", "dask"], signal.SIGINT, 130),
    ],
    ids=["alone", "two workers", "terminated", "dask"],
)
def test_a_stop_half_way_says_one_line_and_keeps_what_was_done(folder, ran, tmp_path, words, number, code):
    if "dask" in words:
        pytest.importorskip("distributed", reason="the cluster extra (dask) is not installed")
    with group([*UNCLOSED, "run", "study.toml", "--out", str(tmp_path), *words], cwd=folder) as process:
        deadline = time.monotonic() + LIMIT_S
        while len(list(tmp_path.rglob(CELLS))) < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, number)
        _, said = process.communicate(timeout=LIMIT_S)
    assert process.returncode == code
    assert said.strip() == "Stopped. What was done is kept; run the same command again to go on."
    assert len(list(tmp_path.rglob(CELLS))) >= 3


@pytest.mark.parametrize("lost", ["pass", "raise ImportError('of a library') from None"])
def test_a_stop_that_a_library_swallows_or_turns_into_an_error_is_a_stop(folder, tmp_path, lost):
    code = (
        "import os, signal\nfrom fewfold.cli import main\nfrom fewfold.study import runner\nown = runner.compute\n"
        "def compute(*given):\n    try:\n        os.kill(os.getpid(), signal.SIGINT)\n"
        f"    except SystemExit:\n        {lost}\n    return own(*given)\nrunner.compute = compute\nmain()"
    )
    words = ["run", "study.toml", "--quick", "--out", str(tmp_path)]
    restored = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    run = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=folder, capture_output=True, text=True, preexec_fn=restored
    )
    assert run.returncode == 130, run.stderr
    assert run.stderr.strip() == "Stopped. What was done is kept; run the same command again to go on."


def test_init_names_the_columns_to_correct_in_the_file_itself(folder, tmp_path):
    text = (folder / "patients.csv").read_text()
    (tmp_path / "patients.csv").write_text(text.replace(",f,", ",F,", 5))
    words = ("init", "patients.csv", "--target", "relapse", "--subject", "patient")
    run = fewfold(*words, cwd=tmp_path)
    assert "'F' (5) differ in capitals" in " ".join(run.stdout.replace("│", " ").split())
    assert "First look at sex in patients.csv itself" in run.stdout
    assert "delete study.toml" in run.stdout
    assert "itself" not in fewfold("init", folder / "patients.csv", *words[2:], "-o", "sound.toml", cwd=tmp_path).stdout


def test_init_of_a_wide_table_leaves_out_only_what_needs_no_look(tmp_path):
    """The target that a horizon makes stands last; how many were censored before it must be seen."""
    names = [f"gene{k}" for k in range(130)]
    lines = [",".join(["days", "died", *names])]
    lines += [",".join(map(str, [10 * i, i % 2, *((i * 7 + k) % 97 / 3 for k in range(130))])) for i in range(1, 81)]
    (tmp_path / "wide.csv").write_text("\n".join(lines))
    run = fewfold("init", "wide.csv", "--time", "days", "--event", "died", "--horizon", 300, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    shown = " ".join(run.stdout.replace("│", " ").split())
    assert "died_by_300 boolean target" in shown
    censored = sum(1 for i in range(1, 30) if i % 2 == 0)
    assert f"unknown in {censored} of 80 rows, which are censored before the horizon" in shown
    assert "and 33 more features with nothing to check" in shown


def test_a_time_and_an_event_are_a_target_of_their_own(tmp_path):
    """Three endings, of which one is named; one row whose follow-up is not known is left out and counted."""
    lines = ["months,ended,age"]
    lines += [f"{5 + (7 * k) % 41},{k % 3},{40 + (11 * k) % 37}" for k in range(90)]
    (tmp_path / "followed.csv").write_text("\n".join([*lines, ",1,50"]))
    words = ("init", "followed.csv", "--time", "months", "--event", "ended")
    assert "a value of 'ended'" in fewfold(*words, "--event-value", 7, "-o", "x.toml", cwd=tmp_path).stderr
    assert "0 is taken for the event" in fewfold(*words, "-o", "any.toml", cwd=tmp_path).stdout
    run = fewfold(*words, "--event-value", 2, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    text = (tmp_path / "study.toml").read_text()
    assert "positive = 2" in text and 'learners = ["cox", "survival_forest"]' in text
    short = text.replace("[study]", '[study]\nmetrics = ["ks"]\nmetric_splits = 2\nnegative_control_repeats = 1')
    (tmp_path / "study.toml").write_text(short)
    run = fewfold("run", "study.toml", "--out", "results", "--quick", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "C-index" in run.stdout
    result = json.loads((tmp_path / "results/result.json").read_text())
    assert result["task"] == "survival" and result["composition"]["initial"]["excluded"] == {
        "without a value of the target": 1
    }


def test_the_detectable_effect_comes_before_the_verdict(ran):
    assert ran.stdout.index("can be expected") < ran.stdout.index("Negative control")


def test_fail_on_turns_a_verdict_into_exit_code_3(folder, ran):
    every = "helps,harms,no-evidence,not_estimable,blocked"
    again = fewfold("run", "study.toml", "--out", "results", "--quick", "--fail-on", every, cwd=folder)
    assert again.returncode == 3
    assert fewfold("run", "study.toml", "--fail-on", "worse", cwd=folder).returncode == 2


def test_an_edited_protocol_is_refused(folder, ran):
    text = (folder / "study.toml").read_text()
    (folder / "edited.toml").write_text(text.replace("seed = 0", "seed = 7"))
    run = fewfold("run", "edited.toml", "--out", "results", "--quick", cwd=folder)
    assert run.returncode == 2
    assert "not confirmatory" in run.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["init", "absent.csv", "--target", "relapse", "-o", "x.toml"], "absent.csv"),
        (["init", "patients.csv", "--target", "relaps", "-o", "x.toml"], "relapse"),
        (["init", "patients.csv", "-o", "x.toml"], "--target"),
        (["init", "patients.csv", "--time", "age", "-o", "x.toml"], "--event"),
        (["run", "absent.toml"], "fewfold init"),
        (["run", "patients.csv"], "fewfold init"),
        (["init", "patients.csv", "--time", "age", "--event", "sex", "--horizon", "-3", "-o", "x.toml"], "above 0"),
        (["augment", "patients.csv", "--target", "relapse", "--method", "smote", "-o", "patients.csv"], "is there"),
        (["init", "patients.csv", "--target", "relapse", "-o", "nowhere/x.toml"], "nowhere"),
        (["report", "."], "fewfold run"),
        (["synthesize", "patients.csv", "--target", "relapse", "--method", "gan", "-n", "5", "-o", "x.csv"], "methods"),
        (["synthesize", "patients.csv", "--target", "relapse", "--method", "smote", "-o", "x.csv"], "-n or --ratio"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_bad_usage_exits_2_with_one_clear_line(folder, words, said):
    run = fewfold(*words, cwd=folder)
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_synthesize_is_seeded_and_marked(folder):
    words = ("synthesize", "patients.csv", "--target", "relapse", "--subject", "patient", "--method", "gaussian_copula")
    for name, seed in (("a.csv", 1), ("b.csv", 1), ("c.csv", 2)):
        run = fewfold(*words, "-n", 50, "--seed", seed, "-o", name, cwd=folder)
        assert run.returncode == 0, run.stderr
    a, b, c = ((folder / f"{name}.csv").read_text() for name in "abc")
    assert a == b != c
    assert a.count("synthetic") >= 50
    assert len(a.splitlines()) == 51


def test_synthesize_under_a_guarantee_needs_limits_and_a_secret_seed(tmp_path):
    ff.write(make_cohort(600), tmp_path / "large.csv")
    words = ("--method", "dp_copula", "-n", 50, "-o", "private.csv")
    bare = fewfold("synthesize", "large.csv", "--target", "relapse", *words, cwd=tmp_path)
    assert bare.returncode == 2
    assert "for age, bilirubin, diagnosed" in bare.stderr
    fewfold("init", "large.csv", "--target", "relapse", "--subject", "patient", "-o", "study.toml", cwd=tmp_path)
    text = (tmp_path / "study.toml").read_text()
    for name, limits in (("age", "high = 120"), ("bilirubin", "high = 60"), ("diagnosed", "low = 10957\nhigh = 14610")):
        text = text.replace(f'[variables."{name}"]', f'[variables."{name}"]\n{limits}')
    (tmp_path / "study.toml").write_text(text)
    run = fewfold("synthesize", "study.toml", *words, "--seed", 987654321, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "only while the --seed is secret" in run.stderr
    assert (tmp_path / "private.csv").read_text().count("synthetic") >= 50
    assert re.search(r"Spent: epsilon 3 at delta 1e-05 \(rho: counts 0.0\d+, margins 0.\d+, dependence", run.stderr)
    words = ("--method", "dp_network", "-n", 50, "-o", "network.csv", "--seed", 987654321)
    run = fewfold("synthesize", "study.toml", *words, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert re.search(r"Spent: epsilon 3 at delta 1e-05 \(rho: counts 0.0\d+, margins 0.\d+\)", run.stderr)


def test_synthesize_says_what_rules_mended(folder, ran):
    text = (folder / "study.toml").read_text() + '\n[[rules]]\nname = "older"\nrequire = "age >= 50"\n'
    (folder / "ruled.toml").write_text(text)
    run = fewfold("synthesize", "ruled.toml", "--method", "sequential_trees", "-n", 60, "-o", "bent.csv", cwd=folder)
    assert run.returncode == 0, run.stderr
    told = re.search(r"Before rules mended them (\d+) of 60 rows broke one: .*older \((\d+)\)", run.stderr)
    assert told
    assert int(told[1]) >= int(told[2]) > 10


def test_synthesize_draws_what_is_given(folder):
    words = ("synthesize", "patients.csv", "--target", "relapse", "--method", "gaussian_copula", "-n", 40)
    run = fewfold(*words, "--given", "sex=f", "--given", "age=50..", "--rare-below", 3, "-o", "old.csv", cwd=folder)
    assert run.returncode == 0, run.stderr
    made = pd.read_csv(folder / "old.csv")
    assert len(made) == 40
    assert (made["sex"] == "f").all()
    assert (made["age"] >= 50).all()
    wrong = fewfold(*words, "--given", "sex=q", "-o", "none.csv", cwd=folder)
    assert wrong.returncode == 2
    assert "levels of 'sex'" in " ".join(wrong.stderr.split())
    assert not (folder / "none.csv").exists()


def test_augment_keeps_the_real_rows_and_says_which_are_not(folder):
    words = ("augment", "patients.csv", "--target", "relapse", "--method", "smote", "--ratio", 2, "-o", "more.csv")
    run = fewfold(*words, cwd=folder)
    assert run.returncode == 0, run.stderr
    assert "internal" in run.stderr
    rows = (folder / "more.csv").read_text().splitlines()
    assert sum(row.endswith(",real") for row in rows) == 80
    assert sum(row.endswith(",synthetic") for row in rows) == 160


def test_validate_prints_the_keys_of_a_result(folder):
    cohort = make_cohort(160)
    for name, rows in (("train", range(80)), ("holdout", range(80, 160))):
        ff.write(cohort.take(list(rows)), folder / f"{name}.csv")
    train = ff.read(folder / "train.csv", target="relapse", subject="patient")
    ff.write(ff.method("gaussian_copula").fit(train, rng=0).sample(80, rng=0), folder / "made.csv")
    words = ("--train", "train.csv", "--holdout", "holdout.csv", "--synthetic", "made.csv", "--target", "relapse")
    run = fewfold("validate", *words, "--subject", "patient", "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    printed = json.loads(run.stdout)
    assert {"verdicts", "metrics", "findings", "composition", "negative_control", "protocol"} <= set(printed)


def test_validate_takes_a_study_file_or_the_roles_of_columns(folder, tmp_path):
    few = make_cohort(40)  # too few for a verdict, so that nothing is fitted
    for name, rows in (("train", range(20)), ("holdout", range(20, 40)), ("made", range(20))):
        ff.write(few.take(list(rows)), tmp_path / f"{name}.csv")
    ff.write(few, tmp_path / "all.csv")
    start = fewfold("init", "all.csv", "--target", "relapse", "--subject", "patient", "--site", "centre", cwd=tmp_path)
    assert start.returncode == 0, start.stderr
    with (tmp_path / "study.toml").open("a") as stream:
        stream.write('\n[[rules]]\nname = "adults"\nrequire = "age >= 18"\n')
    files = ("validate", "--train", "train.csv", "--holdout", "holdout.csv", "--synthetic", "made.csv", "--json")

    def judged(*words: str) -> dict:
        run = fewfold(*files, *words, cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    told = judged("--schema", "study.toml", "--release", "public")
    assert told["protocol"]["settings"]["release"] == "public"
    assert "adults" in {rule["name"] for rule in told["provenance"]["schema"]["rules"]}
    named = judged("--target", "relapse", "--site", "centre", "--time", "age", "--event", "sex")
    roles = {v["name"]: v["role"] for v in named["provenance"]["schema"]["variables"]}
    assert (roles["centre"], roles["age"], roles["sex"]) == ("site", "event_time", "event")
    assert named["protocol"]["settings"]["release"] == "internal"
    for words, said in (((), "--schema"), (("--target", "relapse", "--time", "age"), "--event")):
        refused = fewfold(*files, *words, cwd=tmp_path)
        assert (refused.returncode, said in refused.stderr) == (2, True)


@pytest.mark.parametrize("what", ["methods", "transforms", "metrics", "datasets"])
def test_catalogues_as_table_and_json(folder, what):
    assert fewfold(what, cwd=folder).returncode == 0
    cards = json.loads(fewfold(what, "--json", cwd=folder).stdout)
    assert len({card["name"] for card in cards}) == len(cards) > 5
    for_images = json.loads(fewfold(what, "--modality", "image", "--json", cwd=folder).stdout)
    assert for_images and all("image" in card["modalities"] for card in for_images)


def test_doctor_names_the_engine(folder):
    from fewfold.methods.transforms.engine import kernel

    told = json.loads(fewfold("doctor", "--json", cwd=folder).stdout)
    assert told["images"].startswith("scipy" if kernel.KERNEL is None else "compiled kernel")
    plain = fewfold("doctor", cwd=folder)
    assert told["images"] in plain.stdout
    blocked = "import sys; sys.modules['fewfold.methods.transforms._kernel'] = None; "
    without = subprocess.run([*FEWFOLD[:-1], blocked + FEWFOLD[-1], "doctor"], capture_output=True, text=True)
    assert "scipy" in without.stdout
    assert "C compiler" in without.stdout


def test_recommend(folder):
    run = fewfold("recommend", "patients.csv", "--target", "relapse", "--json", cwd=folder)
    assert run.returncode == 0, run.stderr
    advice = json.loads(run.stdout)
    methods = [o["method"] for o in advice["options"]]
    assert set(methods[:2]) == {"gaussian_copula", "smote"}  # those of the default study
    assert "sequential_trees" in methods
    assert advice["controls"] == ["none", "class_weights", "duplication", "noise_jitter"]
    assert not {*advice["controls"], "independent_marginals"} & set(methods)  # what costs nothing is no advice


def test_a_tiny_cohort_is_said_to_tell_nothing(folder, tmp_path):
    ff.write(make_cohort(27), tmp_path / "few.csv")
    words = ("few.csv", "--target", "relapse", "--subject", "patient")
    advice = fewfold("recommend", *words, cwd=tmp_path)
    assert advice.returncode == 0, advice.stderr
    assert "27 patients; at least 30" in advice.stdout
    assert "applies" not in advice.stdout
    made = fewfold("synthesize", *words, "--method", "duplication", "-n", 9, "-o", "x.csv", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "help or harm: 27 patients" in made.stderr


def test_help_is_light(folder):
    """Nothing heavy is imported for help, and torch never."""
    code = (
        "import sys; from typer.testing import CliRunner; from fewfold.cli.app import app; "
        "CliRunner().invoke(app, ['--help']); "
        "print([m for m in ('pandas', 'sklearn', 'scipy', 'torch', 'numpy', 'pydantic') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_core_imports_without_torch_or_tables(folder):
    code = "import sys, fewfold; print([m for m in ('torch', 'pandas', 'sklearn') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_to_a_full_disk_is_no_fault_of_ours(tmp_path):
    with open("/dev/full", "w") as full:
        command = [*FEWFOLD, "methods", "--json"]
        run = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 2
    assert "is full" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(("text", "told"), [("{", "no JSON"), ('{"title": 1}', "another form")])
def test_a_file_that_is_no_result_is_told_from_an_old_one(tmp_path, text, told):
    (tmp_path / "result.json").write_text(text)
    run = fewfold("report", tmp_path, cwd=tmp_path)
    assert run.returncode == 2
    assert told in run.stderr
