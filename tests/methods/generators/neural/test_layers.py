"""Choices against torch's softmax, steps against its Adam, and draws by level against their chances in closed form."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fewfold.data.schema import Variable
from fewfold.methods.generators.neural.by_level import ByLevel
from fewfold.methods.generators.neural.code import Code
from fewfold.methods.generators.neural.layers import Adam, choice_loss, gumbel, log_shares, perceptron

VARIABLES = (
    Variable(name="x", kind="numeric"),
    Variable(name="stage", kind="ordinal", levels=(1, 2, 3)),
    Variable(name="sex", kind="boolean", levels=("f", "m")),
)


def table(n: int = 40) -> np.ndarray:
    rng = np.random.default_rng(0)
    values = np.column_stack([rng.normal(size=n), np.arange(n) % 10 // 4, rng.integers(0, 2, n)])
    values[:5, 0] = np.nan
    return values


def test_log_shares_are_those_of_a_softmax_of_each_choice() -> None:
    code = Code.fit(table(), VARIABLES, np.arange(40))
    logits = 3 * torch.randn(8, code.width - 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    parts = [logits[:, start - 1 : start - 1 + width].log_softmax(dim=1) for start, width in code.choices]
    torch.testing.assert_close(log_shares(torch, logits.float(), code), torch.cat(parts, dim=1).float())
    x = torch.as_tensor(code.encode(table()[:8]), dtype=torch.float32)
    expected = -sum(
        (part.float() * x[:, s : s + w]).sum(dim=1) for part, (s, w) in zip(parts, code.choices, strict=True)
    )
    torch.testing.assert_close(choice_loss(torch, logits.float(), x, code), expected)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_steps_are_those_of_an_independent_adam(decay: float) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(20, 4, generator=generator)
    own, other = (perceptron(torch, 4, 8, 3) for _ in range(2))
    other.load_state_dict(own.state_dict())
    adam = Adam(torch, own, rate=1e-2, betas=(0.8, 0.99), decay=decay)
    reference = torch.optim.AdamW(other.parameters(), lr=1e-2, betas=(0.8, 0.99), weight_decay=decay)
    for _ in range(60):
        (own(x) ** 2).sum().backward()
        adam.step()
        reference.zero_grad()
        (other(x) ** 2).sum().backward()
        reference.step()
    for one, two in zip(own.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one, two, atol=1e-5, rtol=1e-4)


def test_the_largest_after_gumbel_noise_comes_with_its_probability() -> None:
    logits = torch.log(torch.tensor([0.2, 0.5, 0.3])).repeat(50_000, 1)
    drawn = gumbel(torch, logits, torch.Generator().manual_seed(0)).argmax(dim=1)
    np.testing.assert_allclose(np.bincount(drawn) / 50_000, [0.2, 0.5, 0.3], atol=0.01)


@pytest.mark.parametrize("weighted", [False, True])
def test_levels_are_drawn_by_the_logarithm_of_their_counts(weighted: bool) -> None:
    values = table()[5:]
    code = Code.fit(values, VARIABLES, np.arange(35))
    levels = code.encode(values)[:, 1:]
    weights = np.where(np.arange(35) % 2, 3.0, 1.0) if weighted else np.ones(35)
    rows, marks = ByLevel(levels, np.ones((35, 1)), weights, code)(200_000, np.random.default_rng(0))
    stage = marks[:, :3].sum(axis=0) / marks[:, :3].sum()
    counts = levels[:, :3].sum(axis=0)
    mass = np.array([weights[levels[:, k] == 1].sum() for k in range(3)]) / counts * np.log1p(counts)
    np.testing.assert_allclose(stage, mass / mass.sum(), atol=0.01)
    assert (marks.sum(axis=1) == 1).all()
    np.testing.assert_array_equal((marks * levels[rows]).sum(axis=1), 1)  # the row has the level that is marked
    assert marks[:, :3].sum() / len(marks) == pytest.approx(0.5, abs=0.01)  # either variable as often


def test_without_levels_rows_are_drawn_by_weight() -> None:
    values = table()[5:, :1]
    code = Code.fit(values, VARIABLES[:1], np.arange(35))
    rows, marks = ByLevel(np.empty((35, 0)), np.ones((35, 1)), np.ones(35), code)(10_000, np.random.default_rng(0))
    assert marks.shape == (10_000, 0)
    np.testing.assert_allclose(np.bincount(rows) / 10_000, 1 / 35, atol=0.01)
