"""The skeleton of a neural generator: encode, find how large and how long on held-out patients, train on all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fewfold.core.networks import alone, turns
from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.units import patient_weights
from fewfold.methods.base import Drawn, Method
from fewfold.methods.generators.neural.code import Code

HELD_OUT = 0.2  # share of the patients that says how large and how long; all of this is chosen here
BATCH = 256  # rows of a step, at most
FEWEST_STEPS = 50


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows as tensors: ``x`` (n, width) encoded, ``c`` (n, classes) of which class, ``w`` (n,) so that the rows of each
    patient weigh as much as one."""

    x: Any
    c: Any
    w: Any

    def take(self, rows: Any) -> Batch:
        """Some rows."""
        return Batch(self.x[rows], self.c[rows], self.w[rows])


class NeuralGenerator(Method):
    """A subclass builds networks of a size, and says how they are trained and judged and how new rows are drawn."""

    steps: int
    sizes: tuple[int, ...] = (16, 64)  # units of a hidden layer
    rate, look, patience = 5e-3, 20, 4  # steps between two looks, and looks without a gain after which training stops

    @abstractmethod
    def _networks(self, torch: Any, hidden: int) -> Any:
        """A module of all networks; ``self.code`` and ``self.codes`` are known."""

    @abstractmethod
    def _steps(self, torch: Any, networks: Any, rows: Batch, steps: int, rng: Rng) -> Iterator[None]:
        """Train, one step for each time that it is asked to go on."""

    @abstractmethod
    def _judged(self, torch: Any, networks: Any, held: Batch, noise: Any) -> float:
        """What is lost on held-out patients; ``noise`` is a torch generator, the same at each look."""

    @abstractmethod
    def _draw(self, torch: Any, networks: Any, c: Any, noise: Any) -> Any:
        """(n, width) encoded rows of the classes of ``c``."""

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        variables = self._variables
        values, subjects = cohort.modelled[:, : len(variables)], cohort.subjects
        self.code = Code.fit(values, variables, subjects)
        classes = cohort.y if self.class_counts else np.zeros(len(values))
        self.codes = np.unique(classes)
        held = _held_out(subjects, classes, rng)
        with alone(seed_of(rng), default_device=False) as (torch, device):
            encoded = self.code.encode(values)
            self.possible = self.code.possible(encoded, (classes[:, None] == self.codes).astype(np.float64))
            rows = self._batch(torch, device, encoded, classes, subjects)
            self._train(torch, rows, held, rng)

    def _train(self, torch: Any, rows: Batch, held: Ints, rng: Rng) -> None:
        some = np.setdiff1d(np.arange(len(rows.x)), held)
        found = [self._stopped(torch, hidden, rows.take(some), rows.take(held), rng) for hidden in self.sizes]
        best = int(np.argmin([loss for loss, _ in found]))
        self.hidden, self.trained = self.sizes[best], max(FEWEST_STEPS, found[best][1])
        networks = self._networks(torch, self.hidden).to(rows.x.device)
        for _ in self._steps(torch, networks, rows, self.trained, rng):
            pass
        self.weights = {name: value.cpu().numpy() for name, value in networks.state_dict().items()}

    def _stopped(self, torch: Any, hidden: int, rows: Batch, held: Batch, rng: Rng) -> tuple[float, int]:
        """The least loss on held-out patients, and after how many steps it is reached."""
        networks = self._networks(torch, hidden).to(rows.x.device)
        best, at, seed = np.inf, 0, seed_of(rng)
        for step, _ in enumerate(self._steps(torch, networks, rows, self.steps, rng), start=1):
            if step % self.look:
                continue
            loss = self._judged(torch, networks, held, torch.Generator(held.x.device).manual_seed(seed))
            if loss < best:
                best, at = loss, step
            elif step - at >= self.patience * self.look:
                break
        return best, at

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        classes = np.zeros(n) if labels is None else labels
        with alone(seed_of(rng), default_device=False) as (torch, device):
            networks, noise = self._loaded(torch, device), torch.Generator(device).manual_seed(seed_of(rng))
            c = torch.as_tensor(classes[:, None] == self.codes, dtype=torch.float32, device=device)
            with torch.no_grad():
                values = self._decode(self._draw(torch, networks, c, noise), np.searchsorted(self.codes, classes))
        return Drawn.beside(values, labels)

    def _decode(self, drawn: Any, classes: Ints) -> Floats:
        """(n, columns) drawn rows of some classes (n,), by position, without choices that are impossible there."""
        encoded, first = drawn.cpu().numpy().astype(np.float64), len(self.code.numbers)
        encoded[:, first:][~self.possible[classes]] = -np.inf
        return self.code.decode(encoded, len(self._variables))

    def _loaded(self, torch: Any, device: Any) -> Any:
        """The trained networks."""
        networks = self._networks(torch, self.hidden)
        networks.load_state_dict({name: torch.as_tensor(value) for name, value in self.weights.items()})
        return networks.to(device).eval()

    def _batch(self, torch: Any, device: Any, encoded: Floats, classes: Floats, subjects: Ints) -> Batch:
        weights = patient_weights(subjects)
        arrays = encoded, classes[:, None] == self.codes, weights / weights.mean()
        return Batch(*(torch.as_tensor(array, dtype=torch.float32, device=device) for array in arrays))

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        weights = {f"weights-{name}": value for name, value in self.weights.items()}
        arrays = {**weights, **self.code.arrays(), "codes": self.codes, "possible": self.possible}
        return arrays, {"hidden": self.hidden, "trained": self.trained}

    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        self.weights = {k.removeprefix("weights-"): v for k, v in arrays.items() if k.startswith("weights-")}
        self.code, self.codes, self.possible = Code.from_arrays(arrays), arrays["codes"], arrays["possible"]
        self.hidden, self.trained = state["hidden"], state["trained"]


class OneLoss(NeuralGenerator):
    """A generator all of whose networks lose the same on rows."""

    @abstractmethod
    def _loss(self, torch: Any, networks: Any, rows: Batch, noise: Any) -> Any:
        """The mean loss of rows; ``noise`` is a torch generator."""

    def _steps(self, torch: Any, networks: Any, rows: Batch, steps: int, rng: Rng) -> Iterator[None]:
        optimiser = torch.optim.AdamW(networks.parameters(), lr=self.rate, weight_decay=1e-4, foreach=True)
        noise = torch.Generator(rows.x.device).manual_seed(seed_of(rng))
        few = len(rows.x) <= BATCH
        for chosen in [slice(None)] * steps if few else turns(len(rows.x), steps, BATCH, rng):
            optimiser.zero_grad()
            self._loss(torch, networks, rows.take(chosen), noise).backward()
            optimiser.step()
            yield

    def _judged(self, torch: Any, networks: Any, held: Batch, noise: Any) -> float:
        with torch.no_grad():
            return float(self._loss(torch, networks, held, noise))


def _held_out(subjects: Ints, classes: Floats, rng: Rng) -> Ints:
    """Rows of a fifth of the patients of each class, where it has two or more; the first row of a patient says which
    class."""
    patients, first = np.unique(subjects, return_index=True)
    chosen = []
    for code in np.unique(classes):
        own = rng.permutation(patients[classes[first] == code])
        chosen.append(own[: max(1, round(HELD_OUT * len(own))) if len(own) > 1 else 0])
    return np.flatnonzero(np.isin(subjects, np.concatenate(chosen)))
