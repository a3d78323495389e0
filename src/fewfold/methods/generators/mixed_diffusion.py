"""A small diffusion model of rows of mixed kinds."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.methods.generators.neural.generator import Batch, OneLoss
from fewfold.methods.generators.neural.layers import choice_loss, gumbel, log_shares, perceptron

LEVELS = 30  # of noise, from almost none to almost nothing else
WAVES = 4  # by which the network reads the level


class MixedDiffusion(OneLoss):
    """Noise is added to encoded rows, and a network learns to see the row behind it: a number by its expected value, a
    level or a gap by its probability. New rows start from noise alone, which is taken away in 30 steps, given the
    class; levels are drawn in the last one.

    Held-out patients say how many steps, at most ``steps``, are best, and are learned from afterwards, as with the
    autoencoder.
    """

    card = MethodCard(
        name="mixed_diffusion",
        title="Diffusion for mixed kinds",
        family="generator",
        summary="A small network takes noise away step by step, given the class; trained for as long as held-out "
        "patients gain.",
        min_subjects=20,
        may_destroy=("weak associations", "identities between columns", "tails"),
        interpretability="low",
        cost="seconds",
        release="consortium",
        borrows=True,
        references=("10.48550/arXiv.2006.11239", "10.48550/arXiv.2209.15421"),
    )

    sizes, rate, look, patience = (64,), 3e-3, 50, 5

    def __init__(self, *, steps: int = 1500) -> None:
        self.steps = steps

    def _networks(self, torch: Any, hidden: int) -> Any:
        return perceptron(torch, self.code.width + len(self.codes) + 2 * WAVES, hidden, self.code.width)

    def _seen(self, torch: Any, networks: Any, noisy: Any, c: Any, level: Any) -> tuple[Any, Any]:
        """(n, numbers) how far the expected numbers are from what noise of a level (n,) alone lets expect, in standard
        deviations, and (n, width - numbers) the logits of the choices.

        The network adds to the answer for independent columns, which is known: of a standard normal number the
        fraction of the signal, of a choice the likelihood of its noisy columns. So what it has not learned is lost as
        dependence, and not as variance (the preconditioning of 10.48550/arXiv.2206.00364, for both kinds).
        """
        first, signal = len(self.code.numbers), _signal(torch, level)[:, None]
        angles = level[:, None] * np.pi * 2.0 ** torch.arange(WAVES, device=level.device)
        told = networks(torch.cat([noisy, c, torch.sin(angles), torch.cos(angles)], dim=1))
        return told[:, :first], told[:, first:] + signal.sqrt() / (1 - signal) * noisy[:, first:]

    def _losses(self, torch: Any, networks: Any, rows: Batch, noise: Any) -> Any:
        n, first = len(rows.x), len(self.code.numbers)
        level = (torch.randint(LEVELS, (n,), generator=noise, device=rows.x.device) + 1) / LEVELS
        off = torch.randn(rows.x.shape, generator=noise, device=rows.x.device)
        signal = _signal(torch, level)[:, None]
        noisy = signal.sqrt() * rows.x + (1 - signal).sqrt() * off
        apart, logits = self._seen(torch, networks, noisy, rows.c, level)
        wanted = (rows.x - signal.sqrt() * noisy)[:, :first] / (1 - signal).sqrt()
        numbers = ((wanted - apart) ** 2 * rows.known).sum(dim=1)
        return numbers + choice_loss(torch, logits, rows.x, self.code)

    def _draw(self, torch: Any, networks: Any, c: Any, noise: Any) -> Any:
        first, shape = len(self.code.numbers), (len(c), self.code.width)
        x = torch.randn(shape, generator=noise, device=c.device)
        for step in range(LEVELS, 0, -1):
            level, below = (torch.full((len(c),), at / LEVELS, device=c.device) for at in (step, step - 1))
            signal, kept = _signal(torch, level)[:, None], _signal(torch, below)[:, None]
            apart, logits = self._seen(torch, networks, x, c, level)
            numbers = signal.sqrt() * x[:, :first] + (1 - signal).sqrt() * apart
            if step == 1:
                break
            expected = torch.cat([numbers, torch.exp(log_shares(torch, logits, self.code))], dim=1)
            share = signal / kept  # equations 6 and 7 of Ho et al.; 1 - share is exact for normal numbers (3.2)
            mean = kept.sqrt() * (1 - share) * expected + share.sqrt() * (1 - kept) * x
            exact = (1 - share) * (1 - kept) / (1 - signal)  # of what is known, as a choice is in the end
            variance = torch.cat([(1 - share).expand(-1, first), exact.expand(-1, shape[1] - first)], dim=1)
            x = mean / (1 - signal) + variance.sqrt() * torch.randn(shape, generator=noise, device=c.device)
        return torch.cat([numbers, gumbel(torch, logits, noise)], dim=1)


def _signal(torch: Any, level: Any) -> Any:
    """How much of the variance is signal at a level of noise: the squared cosine (10.48550/arXiv.2102.09672)."""
    return torch.cos((level * 0.97 + 0.015) * (torch.pi / 2)) ** 2
