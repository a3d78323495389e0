"""A small conditional variational autoencoder, and the way from one patient to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput
from fewfold.core.networks import alone
from fewfold.core.seeds import Rng, as_rng, seed_of
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Drawn
from fewfold.methods.generators.neural.generator import Batch, OneLoss
from fewfold.methods.generators.neural.layers import choice_loss, gumbel, perceptron

LOG_2PI = float(np.log(2 * np.pi))


class VariationalAutoencoder(OneLoss):
    """Rows are decoded from ``latent`` standard normal numbers and the class. Numbers are normal scores with an SD of
    their own, levels and gaps are drawn with the probabilities that the decoder gives: nothing is an average.

    The evidence lower bound is maximised on four fifths of the patients; the others say how many hidden units and how
    many steps, at most ``steps``, are best. Then training goes on with all, for a quarter of these steps.
    :meth:`between` draws rows on the way from one patient to another.
    """

    card = MethodCard(
        name="variational_autoencoder",
        title="Variational autoencoder",
        family="generator",
        summary="A small network decodes rows from normal numbers and the class; trained for as long as held-out "
        "patients gain.",
        min_subjects=20,
        may_destroy=("weak associations", "identities between columns", "tails"),
        interpretability="low",
        cost="seconds",
        release="consortium",
        borrows=True,
        references=("10.48550/arXiv.1312.6114",),
    )

    sizes, rate, look, patience = (8, 24), 1.5e-2, 10, 4

    def __init__(self, *, latent: int = 8, steps: int = 1500) -> None:
        self.latent = latent
        self.steps = steps

    def _networks(self, torch: Any, hidden: int) -> Any:
        width, classes = self.code.width, len(self.codes)
        spread = torch.nn.ParameterDict({"log": torch.nn.Parameter(torch.zeros(len(self.code.numbers)))})
        encoder = perceptron(torch, width + classes, hidden, 2 * self.latent)
        decoder = perceptron(torch, self.latent + classes, hidden, width)
        return torch.nn.ModuleDict({"encoder": encoder, "decoder": decoder, "spread": spread})

    def _losses(self, torch: Any, networks: Any, rows: Batch, noise: Any) -> Any:
        mean, log_variance = networks["encoder"](torch.cat([rows.x, rows.c], dim=1)).chunk(2, dim=1)
        off = torch.randn(mean.shape, generator=noise, device=mean.device)
        z = mean + torch.exp(log_variance / 2) * off
        told = networks["decoder"](torch.cat([z, rows.c], dim=1))
        first, log = len(self.code.numbers), networks["spread"]["log"]
        off = (rows.x[:, :first] - told[:, :first]) * torch.exp(-log)
        numbers = ((off**2 / 2 + log + LOG_2PI / 2) * rows.known).sum(dim=1)
        divergence = (torch.exp(log_variance) + mean**2 - 1 - log_variance).sum(dim=1) / 2
        return numbers + choice_loss(torch, told[:, first:], rows.x, self.code) + divergence

    def _draw(self, torch: Any, networks: Any, c: Any, noise: Any) -> Any:
        z = torch.randn((len(c), self.latent), generator=noise, device=c.device)
        return self._decoded(torch, networks, z, c, noise)

    def _decoded(self, torch: Any, networks: Any, z: Any, c: Any, noise: Any) -> Any:
        told, first = networks["decoder"](torch.cat([z, c], dim=1)), len(self.code.numbers)
        off = torch.randn((len(c), first), generator=noise, device=c.device)
        numbers = told[:, :first] + torch.exp(networks["spread"]["log"]) * off
        return torch.cat([numbers, gumbel(torch, told[:, first:], noise)], dim=1)

    def between(self, one: Cohort, other: Cohort, n: int, *, rng: int | Rng) -> Cohort:
        """``n`` rows at even steps from the first row of ``one`` to the first of ``other``, in latent numbers and in
        class; in place of the class that lies between two, that of the nearer one. A way through the model, and no
        course that a patient has taken.

        Raises ``BadInput`` for cohorts with other variables than those that were learned.
        """
        self._check_fitted()
        if any(c.schema.variables != self.schema.variables for c in (one, other)):
            raise BadInput(
                expected="rows with the variables that were learned",
                found="others",
                fix="Take rows of the training cohort, or read a file with its schema.",
            )
        generator = as_rng(rng)
        values = np.vstack([one.modelled[:1], other.modelled[:1]])
        classes = values[:, -1] if self.class_counts else np.zeros(2)
        share = np.linspace(0, 1, n)[:, None]
        nearer = np.where(share[:, 0] < 0.5, classes[0], classes[1])
        with alone(seed_of(generator), default_device=False) as (torch, device):
            networks = self._loaded(torch, device)
            noise = torch.Generator(device).manual_seed(seed_of(generator))
            encoded = self.code.encode(values[:, : len(self._variables)])
            ends = self._batch(torch, device, encoded, classes, np.arange(2))
            way = torch.as_tensor(np.hstack([1 - share, share]), dtype=torch.float32, device=device)
            with torch.no_grad():
                means = networks["encoder"](torch.cat([ends.x, ends.c], dim=1))[:, : self.latent]
                told = self._decoded(torch, networks, way @ means, way @ ends.c, noise)
                drawn = self._decode(told, np.searchsorted(self.codes, nearer))
        if self.class_counts:
            drawn = np.column_stack([drawn, nearer])
        return self._cohort(Drawn(drawn), n, 0, 0)
