"""What a critic loses, and its derivatives, against those that torch takes of the formulas of the paper."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from fewfold.methods.generators.neural import critic as critics

WIDTH, ASKED, N = 5, 2, 20


@pytest.fixture
def network() -> Any:
    torch.manual_seed(0)
    made = critics.critic(torch, WIDTH + ASKED, 8)
    for weight in made.parameters():
        weight.grad = torch.zeros_like(weight)
    return made


def value(network: Any, rows: Any, asked: Any) -> Any:
    one, two, last = network
    unit = torch.nn.LeakyReLU(0.2)
    return last(unit(two(unit(one(torch.cat([rows, asked], dim=1))))))


def drawn() -> tuple[Any, ...]:
    generator = torch.Generator().manual_seed(1)
    real, fake = (torch.randn(N, WIDTH, generator=generator) for _ in range(2))
    return real, fake + 1, torch.randn(N, ASKED, generator=generator), torch.rand(N, 1, generator=generator)


def test_the_gradient_is_that_of_the_distance_and_the_penalty_on_slopes(network: Any) -> None:
    real, fake, asked, mix = drawn()
    with torch.no_grad():
        critics.learn(torch, network, real, fake, asked, mix)
    between = (mix * real + (1 - mix) * fake).requires_grad_()
    slope = torch.autograd.grad(value(network, between, asked).sum(), between, create_graph=True)[0]
    apart = value(network, fake, asked).mean() - value(network, real, asked).mean()
    lost = apart + 10 * ((slope.norm(dim=1) - 1) ** 2).mean()
    expected = torch.autograd.grad(lost, list(network.parameters()))
    for weight, right in zip(network.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.grad, right, atol=1e-5, rtol=1e-4)


def test_gradients_add_up(network: Any) -> None:
    with torch.no_grad():
        critics.learn(torch, network, *drawn())
        once = [weight.grad.clone() for weight in network.parameters()]
        critics.learn(torch, network, *drawn())
    for weight, one in zip(network.parameters(), once, strict=True):
        torch.testing.assert_close(weight.grad, 2 * one)


def test_slopes_are_those_of_the_value_by_the_rows_alone(network: Any) -> None:
    rows, _, asked, _ = drawn()
    rows.requires_grad_()
    expected = torch.autograd.grad(value(network, rows, asked).sum(), rows)[0]
    with torch.no_grad():
        torch.testing.assert_close(critics.slope(torch, network, rows, asked), expected)


def test_rows_that_are_alike_have_a_finite_gradient(network: Any) -> None:
    """A critic that is flat everywhere: the length of its slope has no derivative there."""
    for weight in network.parameters():
        weight.data.zero_()
    real, fake, asked, mix = drawn()
    with torch.no_grad():
        critics.learn(torch, network, real, fake, asked, mix)
    assert all(torch.isfinite(weight.grad).all() for weight in network.parameters())
