"""The skeleton of a neural generator: encode, find how large and how long on held-out patients, go on with all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.networks import alone, turns
from fewfold.core.seeds import Rng, seed_of
from fewfold.core.types import Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.units import patient_weights
from fewfold.methods.base import Drawn, Method
from fewfold.methods.borrowing import Borrowed, LogDensity, borrow
from fewfold.methods.generators.neural.code import Code
from fewfold.methods.generators.neural.layers import Adam

HELD_OUT = 0.2  # share of the patients that says how large and how long; all of this is chosen here
Weights = dict[str, Any]
Begun = dict[int, Weights]  # of a size, the weights that networks begin with
BATCH = 256  # rows of a step, at most
MORE = 0.25  # of the steps that were best without the held-out patients, so many more with them


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows as tensors: ``x`` (n, width) encoded, ``known`` (n, numbers) 1 where a number is not missing, ``c`` (n,
    classes) of which class, ``w`` (n,) so that the rows of each patient weigh as much as one."""

    x: Any
    known: Any
    c: Any
    w: Any

    def take(self, rows: Any) -> Batch:
        """Some rows."""
        return Batch(self.x[rows], self.known[rows], self.c[rows], self.w[rows])


@dataclass(frozen=True, eq=False)
class Stopped:
    """Networks of a size after the steps at which held-out rows ``lost`` (n,) least."""

    hidden: int
    steps: int
    lost: Floats
    weights: Weights


class NeuralGenerator(Method):
    """A subclass builds networks of a size, and says how they are trained and judged and how new rows are drawn."""

    steps: int
    sizes: tuple[int, ...]  # units of a hidden layer
    rate: float
    look: int  # steps between two looks at held-out patients
    patience: int  # looks without a gain after which training stops

    @abstractmethod
    def _networks(self, torch: Any, hidden: int) -> Any:
        """A module of all networks; ``self.code`` and ``self.codes`` are known."""

    @abstractmethod
    def _steps(self, torch: Any, networks: Any, rows: Batch, steps: int, rng: Rng) -> Iterator[None]:
        """Train, one step for each time that it is asked to go on."""

    @abstractmethod
    def _judged(self, torch: Any, networks: Any, held: Batch, noise: Any) -> Any:
        """(n,) what is lost on held-out rows; ``noise`` is a torch generator, the same at each look."""

    @abstractmethod
    def _draw(self, torch: Any, networks: Any, c: Any, noise: Any) -> Any:
        """(n, width) encoded rows of the classes of ``c``."""

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        held = self._learn_code(cohort, rng)
        with alone(seed_of(rng), default_device=False) as (torch, device):
            self._train(torch, self._rows(torch, device, cohort), held, rng, {})

    def _borrow(self, cohort: Cohort, source: Cohort, rng: Rng) -> Borrowed:
        """Networks are trained on the source first, where those of the least size gain from it on the cohort."""
        held, seed = self._learn_code(cohort, rng), seed_of(rng)
        with alone(seed_of(rng), default_device=False) as (torch, device):
            rows, least = self._rows(torch, device, cohort), self.sizes[:1]

            def lend(source: Cohort) -> LogDensity:
                begun = self._begun(torch, device, source, least, rng)

                def log_density(train: Ints, test: Ints, share: float) -> Floats:
                    state, same = begun[least[0]] if share else None, np.random.default_rng(seed)
                    return -self._stopped(torch, least[0], rows.take(train), rows.take(test), same, state).lost

                return log_density

            found = borrow(cohort, source, lend, rng, shares=(1.0,))
            begun = self._begun(torch, device, source, self.sizes, rng) if found.share else {}
            self._train(torch, rows, held, rng, begun)
        return found

    def _learn_code(self, cohort: Cohort, rng: Rng) -> Ints:
        """Learn how rows are encoded; the rows of held-out patients."""
        variables, classes = self._variables, self._classes(cohort)
        self.code = Code.fit(cohort.modelled[:, : len(variables)], variables, cohort.subjects)
        self.codes = np.unique(classes)
        return _held_out(cohort.subjects, classes, rng)

    def _classes(self, cohort: Cohort) -> Floats:
        return cohort.y if self.class_counts else np.zeros(len(cohort))

    def _rows(self, torch: Any, device: Any, cohort: Cohort) -> Batch:
        """The rows that are learned from, and which choices are possible in which class."""
        classes, encoded = self._classes(cohort), self.code.encode(cohort.modelled[:, : len(self._variables)])
        self.possible = self.code.possible(encoded, (classes[:, None] == self.codes).astype(np.float64))
        return self._batch(torch, device, encoded, classes, cohort.subjects)

    def _begun(self, torch: Any, device: Any, source: Cohort, sizes: tuple[int, ...], rng: Rng) -> Begun:
        """Networks trained on the source, numbers by their ranks there; rows with what the cohort has not are left
        out."""
        variables, classes = self._variables, self._classes(source)
        values = source.modelled[:, : len(variables)]
        code = self.code.elsewhere(values, variables, source.subjects)
        fit = np.flatnonzero(code.complete(values) & np.isin(classes, self.codes))
        subjects, classes = source.subjects[fit], classes[fit]
        if len(np.unique(subjects)) < self.card.min_subjects:
            raise NotApplicable(
                f"{self.card.name} begins with a source of {self.card.min_subjects} patients or more who have values, "
                f"levels and gaps where the cohort has them; there are {len(np.unique(subjects))}"
            )
        rows = self._batch(torch, device, code.encode(values[fit]), classes, subjects)
        held = _held_out(subjects, classes, rng)
        some = rows.take(np.setdiff1d(np.arange(len(rows.x)), held))
        return {h: self._with_all(torch, self._stopped(torch, h, some, rows.take(held), rng), rows, rng) for h in sizes}

    def _train(self, torch: Any, rows: Batch, held: Ints, rng: Rng, begun: Begun) -> None:
        some, judge, w = rows.take(np.setdiff1d(np.arange(len(rows.x)), held)), rows.take(held), rows.w[held]
        found = [self._stopped(torch, hidden, some, judge, rng, begun.get(hidden)) for hidden in self.sizes]
        best = found[int(np.argmin([(w.cpu().numpy() * each.lost).mean() for each in found]))]
        if not np.isfinite(best.lost).all():
            raise NotApplicable(f"training of {self.card.name} went astray: held-out patients lose no finite number")
        self.hidden, self.trained = best.hidden, best.steps
        self.weights = {k: v.cpu().numpy() for k, v in self._with_all(torch, best, rows, rng).items()}

    def _with_all(self, torch: Any, best: Stopped, rows: Batch, rng: Rng) -> Weights:
        """The weights after some more steps, in which held-out patients are learned from too."""
        networks = self._new(torch, best.hidden, rows, best.weights)
        for _ in self._steps(torch, networks, rows, round(MORE * best.steps), rng):
            pass
        return _weights(networks)

    def _new(self, torch: Any, hidden: int, rows: Batch, state: Weights | None) -> Any:
        networks = self._networks(torch, hidden)
        if state:
            networks.load_state_dict(state)
        return networks.to(rows.x.device)

    def _stopped(
        self, torch: Any, hidden: int, rows: Batch, held: Batch, rng: Rng, state: Weights | None = None
    ) -> Stopped:
        """Networks where held-out rows lose least; ``state``: what they begin with."""
        networks, seed = self._new(torch, hidden, rows, state), seed_of(rng)
        weights = held.w.cpu().numpy()

        def lost() -> Floats:
            with torch.no_grad():
                noise = torch.Generator(held.x.device).manual_seed(seed)
                each: Floats = self._judged(torch, networks, held, noise).cpu().numpy().astype(np.float64)
            return each

        best = Stopped(hidden, 0, lost() if state else np.full(len(held.x), np.inf), _weights(networks))
        for step, _ in enumerate(self._steps(torch, networks, rows, self.steps, rng), start=1):
            if step % self.look and step < self.steps:
                continue
            now = lost()
            if (weights * now).mean() < (weights * best.lost).mean():
                best = Stopped(hidden, step, now, _weights(networks))
            elif step - best.steps >= self.patience * self.look:
                break
        return best

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
        arrays = encoded, self.code.known(encoded), classes[:, None] == self.codes, weights / weights.mean()
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
    def _losses(self, torch: Any, networks: Any, rows: Batch, noise: Any) -> Any:
        """(n,) what is lost on rows; ``noise`` is a torch generator."""

    def _steps(self, torch: Any, networks: Any, rows: Batch, steps: int, rng: Rng) -> Iterator[None]:
        adam = Adam(torch, networks, rate=self.rate, betas=(0.9, 0.999), decay=1e-4)
        noise = torch.Generator(rows.x.device).manual_seed(seed_of(rng))
        few = len(rows.x) <= BATCH
        for chosen in [slice(None)] * steps if few else turns(len(rows.x), steps, BATCH, rng):
            some = rows.take(chosen)
            (some.w * self._losses(torch, networks, some, noise)).mean().backward()
            adam.step()
            yield

    def _judged(self, torch: Any, networks: Any, held: Batch, noise: Any) -> Any:
        return self._losses(torch, networks, held, noise)


def _weights(networks: Any) -> Weights:
    return {name: value.clone() for name, value in networks.state_dict().items()}


def _held_out(subjects: Ints, classes: Floats, rng: Rng) -> Ints:
    """Rows of a fifth of the patients of each class, where it has two or more; the first row of a patient says which
    class."""
    patients, first = np.unique(subjects, return_index=True)
    chosen = []
    for code in np.unique(classes):
        own = rng.permutation(patients[classes[first] == code])
        chosen.append(own[: max(1, round(HELD_OUT * len(own))) if len(own) > 1 else 0])
    return np.flatnonzero(np.isin(subjects, np.concatenate(chosen)))
