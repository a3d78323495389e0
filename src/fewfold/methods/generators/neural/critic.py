"""The critic of a Wasserstein GAN with its derivatives written out: a penalty on slopes needs second ones, and with
networks this small the bookkeeping of a general derivative takes longer than the arithmetic."""

from __future__ import annotations

from typing import Any

LEAK = 0.2  # slope of a unit below 0, as in 10.48550/arXiv.1907.00503; the second derivative of a unit is 0
PENALTY = 10.0  # weight of the penalty on slopes, as in 10.48550/arXiv.1704.00028


def critic(torch: Any, inputs: int, hidden: int) -> Any:
    """Two hidden layers of leaky units, and one number."""
    nn = torch.nn
    layers = nn.Linear(inputs, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, 1)
    return nn.ModuleList(layers)


def learn(torch: Any, network: Any, real: Any, fake: Any, asked: Any, mix: Any) -> None:
    """Add the gradient of what a critic loses to those of its weights: it shall give patients ``real`` (n, width) more
    than made rows ``fake``, each beside what was ``asked`` for, and its value shall change by 1 for each unit on the
    way between the two, of which ``mix`` (n, 1) says where."""
    one, two, last = network
    n, width = real.shape
    x = torch.cat([torch.cat([fake, real, torch.lerp(fake, real, mix)]), asked.repeat(3, 1)], dim=1)
    first, second, d1, d2 = _hidden(torch, network, x)

    lean = torch.full_like(x[: 2 * n, :1], 1 / n)
    lean[n:] = -1 / n
    last.weight.grad += lean.T @ second[: 2 * n]
    back = lean * last.weight * d2[: 2 * n]
    two.weight.grad += back.T @ first[: 2 * n]
    two.bias.grad += back.sum(dim=0)
    back = back @ two.weight * d1[: 2 * n]
    one.weight.grad += back.T @ x[: 2 * n]
    one.bias.grad += back.sum(dim=0)

    d1, d2 = d1[2 * n :], d2[2 * n :]
    back2, back1, slope = _slope(network, d1, d2, width)
    size = slope.norm(dim=1, keepdim=True).clamp(min=1e-12)
    along = slope * (2 * PENALTY / n * (size - 1) / size)
    first = along @ one.weight[:, :width].T * d1
    last.weight.grad += (first @ two.weight.T * d2).sum(dim=0)
    two.weight.grad += back2.T @ first
    one.weight.grad[:, :width] += back1.T @ along


def slope(torch: Any, network: Any, rows: Any, asked: Any) -> Any:
    """(n, width) how the value changes with each column of rows."""
    _, _, d1, d2 = _hidden(torch, network, torch.cat([rows, asked], dim=1))
    return _slope(network, d1, d2, rows.shape[1])[2]


def _hidden(torch: Any, network: Any, x: Any) -> tuple[Any, Any, Any, Any]:
    """The units of both layers, and their slopes."""
    first = network[0](x)
    d1 = _leak(first)
    first *= d1
    second = network[1](first)
    d2 = _leak(second)
    second *= d2
    return first, second, d1, d2


def _leak(sums: Any) -> Any:
    return (sums > 0).to(sums.dtype).mul_(1 - LEAK).add_(LEAK)


def _slope(network: Any, d1: Any, d2: Any, width: int) -> tuple[Any, Any, Any]:
    """The slope of the value by the sums of the second layer, of the first, and by the leading columns."""
    back2 = network[2].weight * d2
    back1 = back2 @ network[1].weight * d1
    return back2, back1, back1 @ network[0].weight[:, :width]
