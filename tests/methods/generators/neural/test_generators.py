"""The three neural generators on a world whose dependence is known, and where training goes wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import spearmanr

from conftest import make_cohort
from fewfold.core.errors import BadInput, MissingExtra, NotApplicable
from fewfold.data.cohort import Cohort
from fewfold.data.schema import Schema, Variable
from fewfold.methods.base import load, method
from fewfold.methods.generators import mixed_diffusion
from fewfold.methods.generators.neural import generator as skeleton

NAMES = ("variational_autoencoder", "conditional_gan", "mixed_diffusion")
VARIABLES = (
    Variable(name="a", kind="numeric"),
    Variable(name="b", kind="numeric"),
    Variable(name="level", kind="categorical", levels=("low", "middle", "high")),
    Variable(name="ill", kind="boolean", role="target", levels=("no", "yes")),
)


@cache
def world(n: int = 300) -> Cohort:
    """b follows a (rho 0.9), the level follows a, and the ill have a higher a by 2 SD."""
    rng = np.random.default_rng(0)
    ill = np.arange(n) % 3 == 0
    a = rng.normal(size=n) + 2 * ill
    b = 0.9 * (a - 2 * ill) + np.sqrt(1 - 0.81) * rng.normal(size=n)
    level = np.digitize(a + 0.3 * rng.normal(size=n), [0, 1.5])
    table = {"a": a, "b": np.where(rng.random(n) < 0.1, np.nan, b)}
    codes = pd.Categorical.from_codes(level, ["low", "middle", "high"])
    target = pd.Categorical(np.where(ill, "yes", "no"), ["no", "yes"])
    return Cohort.real(pd.DataFrame({**table, "level": codes, "ill": target}), Schema(variables=VARIABLES))


@cache
def fitted(name: str) -> Any:
    return method(name).fit(world(), rng=0)


@pytest.mark.parametrize("name", NAMES)
def test_dependence_levels_gaps_and_classes_are_learned(name: str) -> None:
    real, made = world().table, fitted(name).sample(3000, rng=1).table
    healthy = made[(made["ill"] == "no") & made["b"].notna()]
    assert spearmanr(healthy["a"], healthy["b"]).statistic > 0.65
    assert made["b"].isna().mean() == pytest.approx(0.1, abs=0.05)
    means = [t.groupby("ill", observed=True)["a"].mean() for t in (real, made)]
    np.testing.assert_allclose(means[0], means[1], atol=0.35)
    by_level = [t.groupby("level", observed=True)["a"].mean() for t in (real, made)]
    np.testing.assert_allclose(by_level[0], by_level[1], atol=0.5)
    shares = [t["level"].value_counts(normalize=True).sort_index() for t in (real, made)]
    np.testing.assert_allclose(shares[0], shares[1], atol=0.1)
    assert made["a"].std() == pytest.approx(real["a"].std(), rel=0.25)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kept", [("a",), ("level",)])
def test_numbers_alone_and_levels_alone(name: str, kept: tuple[str, ...]) -> None:
    schema = Schema(variables=tuple(v for v in VARIABLES if v.name in (*kept, "ill")))
    cohort = Cohort.real(world().table[[*kept, "ill"]], schema)
    made = method(name, steps=500).fit(cohort, rng=0).sample(30, rng=0)
    assert made.table[list(kept)].notna().all(axis=None)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_rows_whatever_else_torch_does(name: str) -> None:
    cohort = make_cohort(60)
    torch.manual_seed(1)
    torch.set_num_threads(2)
    one = method(name, steps=60).fit(cohort, rng=3).sample(20, rng=4)
    torch.manual_seed(2)
    torch.set_num_threads(1)
    other = method(name, steps=60).fit(cohort, rng=3).sample(20, rng=4)
    assert one.modelled.tobytes() == other.modelled.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_what_was_learned_is_kept_on_disk(name: str, tmp_path: Path) -> None:
    fitted(name).save(tmp_path / "fitted.npz")
    one, other = (f.sample(30, rng=5) for f in (fitted(name), load(tmp_path / "fitted.npz")))
    assert one.modelled.tobytes() == other.modelled.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: Any, **__: Any) -> Any:
        raise MissingExtra('torch is not installed. Run: pip install "fewfold[neural]"')

    monkeypatch.setattr("fewfold.core.networks.require", absent)
    with pytest.raises(MissingExtra, match="neural"):
        method(name).fit(make_cohort(60), rng=0)


def test_training_stops_where_held_out_patients_stop_gaining(monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses that fall to the fourth look, and rise then: 40 steps of 10, whatever the limit, and 10 more with all."""
    looks, asked = {"n": 0}, []

    def judged(*given: Any) -> Any:
        looks["n"] += 1
        return torch.full((len(given[3].x),), abs(looks["n"] - 4.0))

    kind = method("variational_autoencoder", steps=1000)
    steps = type(kind)._steps
    monkeypatch.setattr(
        type(kind),
        "_steps",
        lambda self, t, nets, rows, n, rng: asked.append((n, len(rows.x))) or steps(self, t, nets, rows, n, rng),
    )
    monkeypatch.setattr(type(kind), "_judged", judged)
    monkeypatch.setattr(type(kind), "sizes", (16,))
    assert kind.fit(make_cohort(60), rng=0).trained == 40
    assert looks["n"] == 8
    assert asked == [(1000, 48), (10, 60)]


def test_the_weights_kept_are_those_of_the_best_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step adds 1 to every weight: 20 steps to the best look, five more with all patients, from 0."""

    def steps(self: Any, torch: Any, networks: Any, rows: Any, n: int, rng: Any) -> Any:
        for _ in range(n):
            for weight in networks.parameters():
                weight.data += 1
            yield

    def judged(self: Any, torch: Any, networks: Any, held: Any, noise: Any) -> Any:
        return torch.full((len(held.x),), abs(float(next(networks.parameters()).detach().ravel()[0]) - 20))

    kind = method("variational_autoencoder")
    networks = type(kind)._networks

    def zeros(*given: Any) -> Any:
        made = networks(*given)
        for weight in made.parameters():
            weight.data.zero_()
        return made

    monkeypatch.setattr(type(kind), "_networks", zeros)
    monkeypatch.setattr(type(kind), "_steps", steps)
    monkeypatch.setattr(type(kind), "_judged", judged)
    fitted = kind.fit(make_cohort(60), rng=0)
    assert fitted.trained == 20
    assert all((weight == 25).all() for weight in fitted.weights.values())


@pytest.mark.parametrize("name", NAMES)
def test_losses_that_are_no_numbers_are_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = method(name, steps=20)
    monkeypatch.setattr(type(kind), "_judged", lambda *given: torch.full((len(given[3].x),), torch.nan))
    with pytest.raises(NotApplicable, match="no finite number"):
        kind.fit(make_cohort(60), rng=0)


def test_held_out_are_a_fifth_of_the_patients_of_each_class() -> None:
    subjects, classes = np.repeat(np.arange(50), 2), np.repeat(np.arange(50) % 5 == 0, 2).astype(float)
    held = skeleton._held_out(subjects, classes, np.random.default_rng(0))
    patients = np.unique(subjects[held])
    assert len(held) == 2 * len(patients)
    assert (patients % 5 == 0).sum() == 2
    assert len(patients) == 10
    alone = skeleton._held_out(np.arange(11), np.r_[1.0, np.zeros(10)], np.random.default_rng(0))
    assert 0 not in alone  # the only patient of a class is not held out


def test_rows_of_a_patient_weigh_as_much_as_one() -> None:
    kind = method("variational_autoencoder")
    kind.codes, subjects = np.zeros(1), np.array([0, 0, 0, 1, 2])
    kind.code = skeleton.Code.fit(np.arange(5.0)[:, None], VARIABLES[:1], subjects)
    batch = kind._batch(torch, "cpu", np.zeros((5, 1)), np.zeros(5), subjects)
    np.testing.assert_allclose(batch.w, np.array([1, 1, 1, 3, 3]) / 9 * 5, rtol=1e-6)


def test_a_collapse_is_seen_twice_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = method("conditional_gan", steps=10)
    trained = []
    train = skeleton.NeuralGenerator._train
    monkeypatch.setattr(skeleton.NeuralGenerator, "_train", lambda *given: (trained.append(1), train(*given)))
    monkeypatch.setattr(
        type(kind), "_draw", lambda self, torch, networks, c, noise: 0 * c.new_ones((len(c), self.code.width))
    )
    with pytest.raises(NotApplicable, match=r"collapsed twice: .* 0% as far apart"):
        kind.fit(make_cohort(60), rng=0)
    assert len(trained) == 2


def test_a_diffusion_that_has_learned_nothing_draws_independent_normal_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = method("mixed_diffusion", steps=50).fit(world(), rng=0)
    kind.weights = {name: np.zeros_like(value) for name, value in kind.weights.items()}
    made = kind.sample(20_000, rng=0)
    numbers = kind.code.encode(made.modelled[:, :3])[:, :2]
    known = made.table["b"].notna().to_numpy()
    assert np.abs(np.corrcoef(numbers[known].T)[0, 1]) < 0.03
    np.testing.assert_allclose(numbers[known].std(axis=0), 1, atol=0.06)
    shares = made.table["level"].value_counts(normalize=True)
    np.testing.assert_allclose(shares, 1 / 3, atol=0.02)  # without a network each level is as likely


def test_the_signal_falls_from_almost_all_to_almost_nothing() -> None:
    level = torch.linspace(0, 1, 31)
    signal = mixed_diffusion._signal(torch, level)
    assert signal[0] > 0.999
    assert signal[-1] < 0.001
    assert (signal.diff() < 0).all()


def test_the_way_between_two_patients_starts_at_one_and_ends_at_the_other() -> None:
    cohort, kind = world(), fitted("variational_autoencoder")
    a = cohort.table["a"].to_numpy()
    least, most = (cohort.take(np.array([row])) for row in (int(a.argmin()), int(a.argmax())))
    ways = [kind.between(least, most, 9, rng=seed) for seed in range(40)]
    mean = np.mean([way.table["a"].to_numpy() for way in ways], axis=0)
    assert spearmanr(mean, np.arange(9)).statistic > 0.9
    assert mean[-1] - mean[0] > 2
    assert ways[0].table["ill"].tolist() == ["no"] * 4 + ["yes"] * 5
    assert ways[0].provenance.is_synthetic.all()
    again = kind.between(least, most, 9, rng=0)
    assert again.modelled.tobytes() == ways[0].modelled.tobytes()
    with pytest.raises(BadInput, match="variables that were learned"):
        kind.between(make_cohort(60), most, 3, rng=0)
