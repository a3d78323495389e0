"""Small networks, and choices among columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewfold.methods.generators.neural.code import Code


def perceptron(torch: Any, inputs: int, hidden: int, outputs: int) -> Any:
    """Two hidden layers with smooth units (SiLU, 10.1016/j.neunet.2017.12.012)."""
    nn = torch.nn
    layers = nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, outputs)
    return nn.Sequential(*layers)


def known(x: Any, code: Code) -> Any:
    """(n, numbers) 1 where an encoded number is known, 0 where it is missing."""
    marks = x.new_ones((len(x), len(code.numbers)))
    gaps = np.flatnonzero(code.pattern >= 0)
    if len(gaps):
        marks[:, gaps] = x[:, [code.choices[pattern][0] for pattern in code.pattern[gaps].tolist()]]
    return marks


def choice_loss(torch: Any, logits: Any, x: Any, code: Code) -> Any:
    """(n,) the summed cross-entropy of the choices of encoded rows ``x``, from the logits of their columns."""
    return -(log_shares(torch, logits, code) * x[:, len(code.numbers) :]).sum(dim=1)


def log_shares(torch: Any, logits: Any, code: Code) -> Any:
    """The logarithm of the probability of each column in its choice."""
    if not code.choices:
        return logits
    owner = np.repeat(np.arange(len(code.choices)), [width for _, width in code.choices])
    own = torch.as_tensor(owner[:, None] == np.arange(len(code.choices)), dtype=torch.float32, device=logits.device)
    some = logits - logits.detach().max(dim=1, keepdim=True).values
    return some - torch.log(torch.exp(some.clamp(min=-60)) @ own) @ own.T


def gumbel(torch: Any, logits: Any, noise: Any) -> Any:
    """The logits with Gumbel noise: the largest of each choice is drawn with its probability."""
    uniform = torch.rand(logits.shape, generator=noise, device=logits.device).clamp(1e-6, 1 - 1e-6)
    return logits - torch.log(-torch.log(uniform))
