"""The contract of a method: fit on training patients, sample new rows with their provenance."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, cast, final, get_args

import numpy as np

import fewfold
from fewfold.core.cards import MethodCard
from fewfold.core.errors import BadInput, NotApplicable
from fewfold.core.registry import Registry
from fewfold.core.seeds import Rng, as_rng
from fewfold.core.types import Floats, Frame, Ints, Level
from fewfold.data.cohort import Cohort, order_of_levels
from fewfold.data.provenance import Provenance, Record, Repair
from fewfold.data.rules import violations
from fewfold.data.schema import Schema, Variable
from fewfold.methods import storage
from fewfold.methods.borrowing import Borrowed, check_source
from fewfold.methods.conditions import Conditions, Given, rare_levels
from fewfold.methods.counts import PerClass, counted_rows, natural
from fewfold.methods.counts import proportional as proportional
from fewfold.methods.drawn import Drawn as Drawn
from fewfold.methods.drawn import synthetic_cohort
from fewfold.methods.rejection import rejected, repair_of
from fewfold.methods.training import check_training

Rules = Literal["ignore", "reject"]


class Method(ABC):
    """Base of all methods. A subclass sets ``card``, takes keyword parameters, and writes ``_fit`` and ``_sample``.

    Each parameter of ``__init__`` is a JSON value and is stored under its own name. Two are parameters of every method:
    ``rules``, where ``"reject"`` draws again what breaks a hard rule of the schema, and ``Provenance.repair`` says how
    often; and ``rare_below``: rows with a level that fewer training patients than that have are drawn again.
    """

    card: ClassVar[MethodCard]
    schema: Schema
    class_counts: dict[Level, int]
    row_labels: Ints
    rules: Rules = "ignore"
    rare_below: int = 0
    choice: str = ""  # what a method that chooses has chosen
    borrowed: Borrowed | None = None  # what it took from a source, where it was given one
    rare: Mapping[int, Sequence[float]]  # what fewer patients than that have: codes, by position among the features

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter with its value; those of every method where they are not as by default."""
        own = {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}
        shared = {"rules": (self.rules, "ignore"), "rare_below": (self.rare_below, 0)}
        return own | {name: value for name, (value, default) in shared.items() if value != default}

    @property
    def _variables(self) -> tuple[Variable, ...]:
        """What is drawn: a target with classes is given, any other is one more column."""
        return self.schema.features if self.class_counts else self.schema.modelled

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.params.items())})"

    @final
    def fit(self, cohort: Cohort, *, rng: int | Rng, source: Cohort | None = None) -> Self:
        """Learn from real training rows, and, where the card says that the method borrows, from a ``source``: a larger
        related cohort of other real patients with the same variables. How much is borrowed, if anything, inner folds
        of the training rows say; ``borrowed`` tells it (:mod:`fewfold.methods.borrowing`).

        Raises ``Leakage`` for holdout or synthetic rows and for a source with patients of the cohort, ``NotApplicable``
        where the cohort is below the card's minimum or has a target that the method is not for, ``BadInput`` for a
        source with other variables or a method that cannot borrow.
        """
        self.check(cohort)
        if source is not None:
            check_borrows(self.card)
            check_source(cohort, source)
        self.schema, self.class_counts = cohort.schema, cohort.class_counts
        self.row_labels = cohort.table.index.to_numpy(dtype=np.int64)
        self.rare = rare_levels(cohort, self.rare_below)
        self.borrowed, self.choice = None, ""
        if source is None:
            self._fit(cohort, as_rng(rng))
        else:
            self.borrowed = self._borrow(cohort, source, as_rng(rng))
            self.choice = self.borrowed.said
        return self

    @final
    def check(self, cohort: Cohort) -> None:
        """Raise what :meth:`fit` raises of any cohort that this method is not for; nothing is learned."""
        check_training(self.card, cohort)

    @final
    def sample(
        self,
        n: int | None = None,
        *,
        rng: int | Rng,
        per_class: PerClass = None,
        start: int = 0,
        rules: Rules | None = None,
        given: Given | None = None,
    ) -> Cohort:
        """Draw synthetic rows, ordered by class.

        ``n`` rows are shared out over the classes in the proportions of the training rows. ``per_class`` gives the
        number for each level instead, or ``"balance"``: as many as bring every class up to the largest.
        ``start`` is where the numbering of synthetic subjects starts. ``rules`` takes the place of the parameter.

        ``given`` says what every row shall be: ``{"sex": "f", "stage": [3, 4], "age": [60, None]}`` asks for a level,
        for one of several, and for a number in a range, ends included. Rows that are something else are drawn again;
        the classes then come in the proportions that they have among such rows.

        Raises ``NotApplicable`` where rules are to be kept and almost every row breaks one, or is not what is given.
        """
        self._check_fitted()
        seed = int(as_rng(rng).integers(2**63))
        counts = self._counts(n, per_class)
        wanted = np.array([natural(n)]) if counts is None else counts
        if wanted.any() and not self.card.adds_rows:
            raise NotApplicable(f"{self.card.name} adds no rows; it is the arm to compare with")
        asked = Conditions.of(self.schema, given or {}, self.rare)
        generator, kept = np.random.default_rng(seed), known_rules(rules or self.rules)
        drawn, repair = self._steered(wanted, generator, kept, asked, joint=bool(given) and per_class is None)
        return self._cohort(drawn, int(wanted.sum()), seed, start, repair, given)

    def _steered(
        self, counts: Ints, rng: Rng, rules: Rules, asked: Conditions, *, joint: bool
    ) -> tuple[Drawn, Repair | None]:
        """``counts`` rows of each target code (of all, where there are no classes), and what the rules did to them.
        ``joint``: as many in all, of the codes that come when each is drawn as often as ``counts`` says."""

        def draw(counts: Ints) -> Drawn:
            labels = np.repeat(np.arange(len(counts), dtype=np.float64), counts) if self.class_counts else None
            return self._sample(labels, int(counts.sum()), rng)

        def mixed(total: Ints) -> Drawn:
            drawn = draw(proportional(counts, int(total.sum())))
            return drawn.take(rng.permutation(len(drawn.values)))

        def broken(drawn: Drawn) -> Frame:
            judged = violations(self._cohort(drawn, len(drawn.values), 0, 0))
            return judged if rules == "reject" else judged.iloc[:, :0]

        if not counts.any():
            return self._nothing(), None
        if rules == "ignore" and not asked:
            drawn = draw(counts)
            return drawn, None if drawn.broken is None else repair_of(drawn.broken)
        wanted = np.array([counts.sum()]) if joint else counts
        drawn, repair = rejected(
            mixed if joint else draw, broken, wanted, (lambda drawn: asked.met(drawn.values)) if asked else None
        )
        if joint:
            drawn = drawn.take(np.argsort(drawn.values[:, -1], kind="stable"))
        return drawn, repair if rules == "reject" or repair.by_rule else None

    @final
    def stream(
        self,
        n: int,
        *,
        rng: int | Rng,
        chunk_rows: int = 50_000,
        rules: Rules | None = None,
        given: Given | None = None,
    ) -> Iterator[Cohort]:
        """Draw ``n`` rows in pieces of ``chunk_rows``, so that memory does not grow with ``n``.

        Each piece holds the classes in proportion, for which it may be a few rows longer or shorter. The same seed and
        ``chunk_rows`` give the same rows.
        """
        self._check_fitted()
        whole, done = self._counts(n, None), 0
        generators = as_rng(rng).spawn(-(-n // chunk_rows))
        for k, generator in enumerate(generators):
            upto = min(n, (k + 1) * chunk_rows)
            if whole is None or given:
                yield self.sample(upto - done, rng=generator, start=done, rules=rules, given=given)
            else:  # cumulative shares, so that the pieces add up to the whole
                share = np.round(whole * (upto / n)) - np.round(whole * (done / n))
                counts = self._by_level(share.astype(int))
                yield self.sample(per_class=counts, rng=generator, start=done, rules=rules)
            done = upto

    @final
    def expand(self, cohort: Cohort, ratio: float, *, rng: int | Rng, rules: Rules | None = None) -> Cohort:
        """The cohort, followed by ``ratio`` times as many synthetic rows, in proportion over the classes."""
        n = round(self.advised(ratio) * len(cohort)) if self.card.adds_rows else 0
        return Cohort.concat([cohort, self.sample(n, rng=rng, rules=rules)]) if n else cohort

    def advised(self, ratio: float) -> float:
        """How many rows for each real one are to be added, where ``ratio`` are asked for: as many, unless the method
        chooses the ratio itself."""
        return ratio

    def row_weights(self, cohort: Cohort) -> Floats:
        """(n,) the weight that a learner gives to each row; all 1 unless the method is about weights."""
        return np.ones(len(cohort))

    @final
    def save(self, path: str | Path) -> None:
        """Write the fitted method to one ``.npz`` file of plain arrays and JSON; nothing is pickled."""
        self._check_fitted()
        arrays, state = self._state()
        header = {
            "method": self.card.name,
            "version": fewfold.__version__,
            "params": self.params,
            "schema": self.schema.model_dump(mode="json"),
            "class_counts": list(self.class_counts.values()),
            "rare": {str(j): codes for j, codes in self.rare.items()},
            "borrowed": self.borrowed.as_dict() if self.borrowed else None,
            "state": state,
        }
        storage.write(Path(path), header, {**arrays, "row_labels": self.row_labels})

    @abstractmethod
    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        """Learn. ``cohort.modelled`` and ``self.schema.modelled`` are what there is to learn from."""

    def _borrow(self, cohort: Cohort, source: Cohort, rng: Rng) -> Borrowed:
        """Learn from both, and say how much is from the source. A method whose card says that it borrows writes it."""
        raise NotImplementedError

    @abstractmethod
    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        """Draw ``n`` rows. ``labels``: (n,) target codes asked for, ascending; None where the target has no classes
        (then the method draws the target too)."""

    @abstractmethod
    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What was learned: arrays (no objects), and JSON values."""

    @abstractmethod
    def _restore(self, arrays: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        """Take up what ``_state`` gave."""

    def _check_fitted(self) -> None:
        if not hasattr(self, "schema"):
            raise BadInput(expected="a fitted method", found=f"{self!r}", fix="Call fit(cohort, rng=...) first.")

    def _counts(self, n: int | None, per_class: PerClass) -> Ints | None:
        """Rows to draw for each target code; None where the target has no classes."""
        return counted_rows(self.schema, self.class_counts, n, per_class)

    def _by_level(self, counts: Ints) -> dict[Level, int]:
        target = self.schema.target
        return dict(zip(order_of_levels(target) if target else (), counts.tolist(), strict=True))

    def _nothing(self) -> Drawn:
        return Drawn(np.empty((0, len(self.schema.modelled))))

    def _cohort(
        self, drawn: Drawn, n: int, seed: int, start: int, repair: Repair | None = None, given: Given | None = None
    ) -> Cohort:
        params = self.params | ({"source": self.borrowed.on_record} if self.borrowed else {})
        record = Record(self.card.name, fewfold.__version__, params, str(seed), repair, given or {})
        sources = None
        if drawn.sources is not None:
            sources = np.where(drawn.sources < 0, -1, self.row_labels[drawn.sources])
        if drawn.values.shape != (n, len(self.schema.modelled)):
            raise RuntimeError(f"{self!r} drew {drawn.values.shape}, expected {(n, len(self.schema.modelled))}")
        provenance = Provenance.synthetic(n, record, sources)
        return synthetic_cohort(self.schema, drawn, provenance, start)


METHODS: Registry[Method] = Registry("fewfold.methods", Method, "method")


def known_rules(rules: str) -> Rules:
    """``rules`` if it is a way to treat them, else ``BadInput``."""
    for each in get_args(Rules):
        if rules == each:
            return cast(Rules, each)
    raise BadInput(expected="rules to be 'ignore' or 'reject'", found=repr(rules), fix="Pass one of them.")


def method(name: str, *, rules: Rules = "ignore", rare_below: int = 0, **params: Any) -> Method:
    """The method called ``name``, with parameters, ready to fit."""
    kind = METHODS.get(name)
    known = inspect.signature(kind).parameters
    unknown = sorted(set(params) - set(known))
    if unknown:
        raise BadInput(
            expected=f"parameters of {name}: {', '.join(known) or 'none'}",
            found=", ".join(unknown),
            fix=f"`fewfold methods --json` lists the parameters of {name}.",
        )
    made = kind(**params)
    made.rules = known_rules(rules)
    made.rare_below = natural(rare_below)
    return made


def load(path: str | Path) -> Method:
    """A fitted method from the file that :meth:`Method.save` wrote."""
    header, arrays = storage.read(Path(path))
    fitted = method(header["method"], **header["params"])
    fitted.schema = Schema.model_validate(header["schema"])
    target = fitted.schema.target
    fitted.class_counts = dict(zip((target.levels or ()) if target else (), header["class_counts"], strict=True))
    fitted.row_labels = arrays.pop("row_labels")
    fitted.rare = {int(j): codes for j, codes in header["rare"].items()}
    if header.get("borrowed"):
        fitted.borrowed = Borrowed.of(header["borrowed"])
        fitted.choice = fitted.borrowed.said
    fitted._restore(arrays, header["state"])
    return fitted


def check_borrows(card: MethodCard) -> None:
    """Raise ``BadInput`` for a method that can learn from no source."""
    if not card.borrows:
        raise BadInput(
            expected="a method that can learn from a source",
            found=card.name,
            fix=f"Such are {', '.join(kind.card.name for kind in METHODS if kind.card.borrows)}.",
        )
