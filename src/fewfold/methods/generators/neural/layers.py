"""Small networks, and choices among columns."""

from __future__ import annotations

from typing import Any

from fewfold.methods.generators.neural.code import Code


def perceptron(torch: Any, inputs: int, hidden: int, outputs: int) -> Any:
    """Two hidden layers with smooth units (SiLU, 10.1016/j.neunet.2017.12.012)."""
    nn = torch.nn
    layers = nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, outputs)
    return nn.Sequential(*layers)


def as_one(torch: Any, network: Any) -> Any:
    """All weights of a network, which become views of this one vector."""
    weights = list(network.parameters())
    whole = torch.cat([weight.detach().ravel() for weight in weights])
    for weight, own in _parts(whole, weights):
        weight.data = own
    return whole


def _parts(whole: Any, weights: list[Any]) -> list[tuple[Any, Any]]:
    """Each of the weights, and the view of its part of a vector that is as long as all of them."""
    parts = whole.split([weight.numel() for weight in weights])
    return [(weight, own.view_as(weight)) for weight, own in zip(weights, parts, strict=True)]


class Adam:
    """Adam with decay apart (10.48550/arXiv.1711.05101) for all weights of a network at once: a step is a handful of
    operations, whatever the number of layers. Gradients add up between steps."""

    def __init__(self, torch: Any, network: Any, *, rate: float, betas: tuple[float, float], decay: float = 0) -> None:
        self.rate, self.betas, self.decay, self.steps = rate, betas, decay, 0
        self.whole = as_one(torch, network)
        self.slope, self.mean, self.square = (torch.zeros_like(self.whole) for _ in range(3))
        for weight, own in _parts(self.slope, list(network.parameters())):
            weight.grad = own

    def step(self) -> None:
        """Along the gradients, which are 0 again afterwards."""
        self.steps += 1
        first, second = self.betas
        self.mean.lerp_(self.slope, 1 - first)
        self.square.mul_(second).addcmul_(self.slope, self.slope, value=1 - second)
        scale = (1 - second**self.steps) ** 0.5
        if self.decay:
            self.whole.mul_(1 - self.rate * self.decay)
        apart = self.square.sqrt().add_(1e-8 * scale)
        self.whole.addcdiv_(self.mean, apart, value=-self.rate * scale / (1 - first**self.steps))
        self.slope.zero_()


def choice_loss(torch: Any, logits: Any, x: Any, code: Code) -> Any:
    """(n,) the summed cross-entropy of the choices of encoded rows ``x``, from the logits of their columns."""
    return -(log_shares(torch, logits, code) * x[:, len(code.numbers) :]).sum(dim=1)


def log_shares(torch: Any, logits: Any, code: Code) -> Any:
    """The logarithm of the probability of each column in its choice."""
    if not code.choices:
        return logits
    own = torch.as_tensor(code.of_choice, device=logits.device)
    some = logits - logits.detach().max(dim=1, keepdim=True).values
    return some - torch.log(torch.exp(some.clamp(min=-60)) @ own) @ own.T


def gumbel(torch: Any, logits: Any, noise: Any) -> Any:
    """The logits with Gumbel noise: the largest of each choice is drawn with its probability."""
    waits = torch.empty_like(logits).exponential_(generator=noise)
    return logits - torch.log(waits.clamp_(1e-6))
