"""How networks are trained here: a fixed number of steps, and one result for one seed whatever else torch is used for.

torch is an extra, and is imported by those who call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from fewfold.core.optional import require
from fewfold.core.seeds import Rng
from fewfold.core.types import Ints


@contextmanager
def alone(seed: int, *, default_device: bool = True) -> Iterator[tuple[Any, Any]]:
    """torch, and the device to work on: a GPU if there is one. New tensors lie there unless ``default_device`` is
    False: that costs some microseconds a call, which small networks feel.

    Inside, torch is seeded, works in single precision on one thread, and takes deterministic algorithms only; whatever
    was set before is set again afterwards. Results on a GPU and on a processor differ in rounding. Raises
    ``MissingExtra`` without torch.
    """
    torch = require("torch", extra="neural")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kept: list[tuple[Callable[..., None], Any]] = [
        (torch.set_num_threads, torch.get_num_threads()),
        (torch.set_default_dtype, torch.get_default_dtype()),
        (torch.set_deterministic_debug_mode, torch.get_deterministic_debug_mode()),
    ]
    with ExitStack() as stack:
        for setter, value in kept:
            stack.callback(setter, value)
        stack.enter_context(torch.random.fork_rng(range(torch.cuda.device_count())))
        stack.enter_context(torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True))
        stack.enter_context(torch.autocast(device.type, enabled=False))
        stack.enter_context(torch.enable_grad())
        if default_device:
            stack.enter_context(device)
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        torch.set_default_dtype(torch.float32)
        torch.set_deterministic_debug_mode("error")
        yield torch, device


def turns(n: int, steps: int, size: int, rng: Rng) -> Ints:
    """(steps, size) positions from 0 to n - 1, in random order: each comes once before any comes again."""
    rounds = -(-steps * size // n)
    return np.concatenate([rng.permutation(n) for _ in range(rounds)])[: steps * size].reshape(steps, size)


def train(torch: Any, model: Any, losses: Iterable[Any], steps: int, *, rate: float, decay: float) -> None:
    """One step for each of ``losses``, which are computed when it is their turn: AdamW (10.48550/arXiv.1711.05101),
    the rate of learning falling to 0 along half a cosine over ``steps``. The model is left as it is to predict."""
    model.train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for loss in losses:
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    model.eval()
