"""A small conditional Wasserstein GAN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from fewfold.core.cards import MethodCard
from fewfold.core.errors import NotApplicable
from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Ints
from fewfold.data.cohort import Cohort
from fewfold.methods.generators.neural import critic as critics
from fewfold.methods.generators.neural.by_level import ByLevel
from fewfold.methods.generators.neural.generator import Batch, Begun, NeuralGenerator
from fewfold.methods.generators.neural.layers import Adam, as_one, choice_loss, gumbel, log_shares, perceptron

BATCH = 128  # rows of a step, at most
NOISE = 16  # numbers that a row starts from; this and what follows is chosen here
CRITIC_STEPS = 2  # for each step of the generator
SOFTNESS = 0.5  # temperature of the levels that the critic sees
MEMORY = 0.98  # of the mean of the generator's weights over its last steps
COLLAPSED = 0.5  # of the mean distance between two real rows: nearer than that made rows are copies of each other


class ConditionalGan(NeuralGenerator):
    """Two small networks: one makes rows of a class from noise, the other tells them from patients by the Wasserstein
    distance with a gradient penalty. A level that the row is to have is chosen for training in proportion to the
    logarithm of how many patients have it (training by sampling), so that rare levels are learned too; new rows take
    the levels of one variable from training patients of their class.

    The energy distance between made rows and held-out patients says how many steps, at most ``steps``, are best; then
    training goes on with all, for a quarter of these steps. The weights are the mean over the last steps. Mode collapse
    is looked for: where two made rows are on average less than half as far apart as two patients, training starts anew,
    and where that happens twice the method does not apply.
    """

    card = MethodCard(
        name="conditional_gan",
        title="Conditional GAN",
        family="generator",
        summary="Two small networks play against each other, given the class and one level; stopped by held-out "
        "patients, watched for mode collapse.",
        min_subjects=20,
        may_destroy=("weak associations", "identities between columns", "tails", "rare combinations"),
        interpretability="low",
        cost="seconds",
        release="consortium",
        borrows=True,
        references=("10.48550/arXiv.1704.00028", "10.48550/arXiv.1907.00503"),
    )

    sizes, rate, look, patience = (96,), 2e-3, 25, 6

    def __init__(self, *, steps: int = 500) -> None:
        self.steps = steps

    def _networks(self, torch: Any, hidden: int) -> Any:
        first, width = len(self.code.numbers), self.code.width
        asked = len(self.codes) + width - first  # which class, and which level
        maker, mean = (perceptron(torch, NOISE + asked, hidden, width) for _ in range(2))
        mean.load_state_dict(maker.state_dict())
        critic = critics.critic(torch, width + asked, hidden)
        return torch.nn.ModuleDict({"maker": maker, "mean": mean, "critic": critic})

    def _rows(self, torch: Any, device: Any, cohort: Cohort) -> Batch:
        rows = super()._rows(torch, device, cohort)
        x, c = (tensor.cpu().numpy().astype(np.float64) for tensor in (rows.x, rows.c))
        self.shares = c.T @ x[:, len(self.code.numbers) :] / c.sum(axis=0)[:, None]
        return rows

    def _train(self, torch: Any, rows: Batch, held: Ints, rng: Rng, begun: Begun) -> None:
        for _ in range(2):
            super()._train(torch, rows, held, rng, begun)
            noise = torch.Generator(rows.x.device).manual_seed(seed_of(rng))
            with torch.no_grad():
                made = self._draw(torch, self._loaded(torch, rows.x.device), rows.c, noise)
                apart = float(_apart(torch, made, made) / _apart(torch, rows.x, rows.x))
            if apart >= COLLAPSED:
                return
        raise NotApplicable(
            f"its modes collapsed twice: two made rows are on average {apart:.0%} as far apart as two patients, and "
            f"{COLLAPSED:.0%} are asked for"
        )

    def _steps(self, torch: Any, networks: Any, rows: Batch, steps: int, rng: Rng) -> Iterator[None]:
        noise, size = torch.Generator(rows.x.device).manual_seed(seed_of(rng)), min(BATCH, len(rows.x))
        maker, critic = (networks[name] for name in ("maker", "critic"))
        making, judging = (Adam(torch, player, rate=self.rate, betas=(0.5, 0.9)) for player in (maker, critic))
        mean = as_one(torch, networks["mean"])
        for chosen, asked in islice(self._asked(torch, rows, CRITIC_STEPS * size, rng), steps):
            with torch.no_grad():
                fake = self._soft(torch, self._raw(torch, maker, asked, noise), noise)
                mix = torch.rand((len(fake), 1), generator=noise, device=fake.device)
                for part in zip(*(t.split(size) for t in (rows.x[chosen], fake, asked, mix)), strict=True):
                    critics.learn(torch, critic, *part)
                    judging.step()
            asked = asked[:size]
            raw = self._raw(torch, maker, asked, noise)
            fake, missed = self._soft(torch, raw, noise), self._missed(torch, raw, asked)
            with torch.no_grad():
                better = critics.slope(torch, critic, fake, asked) / size
            (missed - (fake * better).sum()).backward()
            making.step()
            mean.lerp_(making.whole, 1 - MEMORY)
            yield

    def _asked(self, torch: Any, rows: Batch, size: int, rng: Rng) -> Iterator[tuple[Any, Any]]:
        """For each step which training rows, and the class and level that each was drawn by; many are drawn at once."""
        levels, classes, weights = (t.cpu().numpy() for t in (rows.x[:, len(self.code.numbers) :], rows.c, rows.w))
        draw = ByLevel(levels, classes, weights, self.code)
        while True:
            chosen, marks = draw(self.look * size, rng)
            asked = torch.cat([rows.c[chosen], rows.x.new_tensor(marks)], dim=1)
            yield from zip(torch.as_tensor(chosen, device=asked.device).split(size), asked.split(size), strict=True)

    def _soft(self, torch: Any, raw: Any, noise: Any) -> Any:
        """Rows as the critic sees them: levels as soft choices."""
        first = len(self.code.numbers)
        soft = torch.exp(log_shares(torch, gumbel(torch, raw[:, first:], noise) / SOFTNESS, self.code))
        return torch.cat([raw[:, :first], soft], dim=1)

    def _missed(self, torch: Any, raw: Any, asked: Any) -> Any:
        """How improbable the levels asked for are."""
        first = len(self.code.numbers)
        wanted = torch.cat([raw[:, :first], asked[:, len(self.codes) :]], dim=1)
        return choice_loss(torch, raw[:, first:], wanted, self.code).mean()

    def _raw(self, torch: Any, maker: Any, asked: Any, noise: Any) -> Any:
        start = torch.randn((len(asked), NOISE), generator=noise, device=asked.device)
        return maker(torch.cat([start, asked], dim=1))

    def _judged(self, torch: Any, networks: Any, held: Batch, noise: Any) -> Any:
        """What each row held out adds to the energy distance from as many rows of the same classes, four times over."""
        made, x = self._draw(torch, networks, held.c.repeat(4, 1), noise), held.x
        within = torch.cdist(x, x).mean(dim=1)
        return 2 * torch.cdist(x, made).mean(dim=1) - _apart(torch, made, made) - within

    def _draw(self, torch: Any, networks: Any, c: Any, noise: Any) -> Any:
        """Each row with a level of one variable, as often as it is in its class; of each choice one column is 1."""
        first, n = len(self.code.numbers), len(c)
        marks = c @ torch.as_tensor(self.shares, dtype=c.dtype, device=c.device)
        choices = self.code.choices
        if choices:
            which = torch.randint(len(choices), (n,), generator=noise, device=c.device)
            owner = torch.as_tensor(np.repeat(np.arange(len(choices)), [w for _, w in choices]), device=c.device)
            own = torch.where(owner == which[:, None], torch.log(marks), -torch.inf)
            marks = torch.nn.functional.one_hot(gumbel(torch, own, noise).argmax(dim=1), marks.shape[1]).to(c.dtype)
        raw = self._raw(torch, networks["mean"], torch.cat([c, marks], dim=1), noise)
        drawn = gumbel(torch, raw[:, first:], noise)
        hard = [torch.zeros_like(drawn[:, :0])]
        for start, width in choices:
            part = drawn[:, start - first : start - first + width]
            hard.append(torch.nn.functional.one_hot(part.argmax(dim=1), width).to(c.dtype))
        return torch.cat([raw[:, :first], *hard], dim=1)

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays, told = super()._state()
        return {**arrays, "shares": self.shares}, told

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        super()._restore(arrays, state)
        self.shares = arrays["shares"]


def _apart(torch: Any, a: Any, b: Any) -> Any:
    """The mean distance between encoded rows."""
    return torch.cdist(a, b).mean()
