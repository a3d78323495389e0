"""Which edges a network has: greedy steps of adding, deleting and reversing one, never back to a graph seen before.

A step is judged by the log odds of the families after it and before it: the Bayes factor on the rows in which all
variables of both are known, times prior odds of 1 to d - 1 for each edge, so that of d variables about one is expected
to be a parent of another. Rows are asked for by class, so the odds of an edge from the class are even. Without missing
values these are differences of the score of the whole graph.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from fewfold.core.types import Bools, Floats, Ints
from fewfold.methods.generators.network_edges import Knowledge
from fewfold.methods.generators.network_teacher import Teacher

Parents = list[frozenset[int]]
Edges = frozenset[tuple[int, int]]  # (parent, child)
PATIENCE = 15  # steps without a better graph
LEAST_GAIN = 1e-6


@dataclass
class Judge:
    """Scores of families, each computed once. ``root``: the target with classes, if there is one."""

    teacher: Teacher
    root: int | None = None
    _scores: dict[tuple[int, frozenset[int], frozenset[int]], float] = field(default_factory=dict)
    _rows: dict[frozenset[int], Ints] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._missing, which = np.unique(np.isnan(self.teacher.table.scores), axis=1, return_inverse=True)
        some: Bools = np.any(self._missing, axis=0)
        self._odds = math.log(max(len(which) - 1, 1))  # against an edge, before there are data
        self._pattern = [{k} if some[k] else set[int]() for k in which.ravel().tolist()]

    def gain(self, child: int, parents: frozenset[int], more: int) -> float:
        """The log odds of ``more`` as one more parent of ``child``."""
        both = parents | {more}
        patterns = self._patterns({child, *both})
        gain = self._score(child, both, patterns) - self._score(child, parents, patterns)
        return round(gain - (0.0 if more == self.root else self._odds), 9)  # so that steps worth the same tie

    def known(self, variables: Iterable[int]) -> Ints:
        """Positions of the rows in which all ``variables`` are known."""
        return self._known(self._patterns(variables))

    def _patterns(self, variables: Iterable[int]) -> frozenset[int]:
        return frozenset().union(*(self._pattern[j] for j in variables))

    def _known(self, patterns: frozenset[int]) -> Ints:
        if patterns not in self._rows:
            self._rows[patterns] = np.flatnonzero(~self._missing[:, sorted(patterns)].any(axis=1))
        return self._rows[patterns]

    def _score(self, child: int, parents: frozenset[int], patterns: frozenset[int]) -> float:
        key = (child, parents, patterns)
        if key not in self._scores:
            self._scores[key] = self.teacher.score(child, parents, self._known(patterns))
        return self._scores[key]


class Search:
    """The state of a search: the parents of each variable, and what every step from there would gain.

    ``candidates``: (d, d), whether the row may become a parent of the column.
    """

    def __init__(self, judge: Judge, knowledge: Knowledge, candidates: Bools, max_parents: int) -> None:
        self.judge, self.max_parents, self.candidates = judge, max_parents, candidates
        d = len(candidates)
        self.parents: Parents = [frozenset(p for p, c in knowledge.required if c == j) for j in range(d)]
        self.required, self.edges = self.parents.copy(), frozenset(knowledge.required)
        self.adding, self.deleting = np.full((d, d), -np.inf), np.full((d, d), -np.inf)
        self.pairs = np.nonzero(candidates)
        self.above = np.zeros((d, d), dtype=bool)  # whether the row is an ancestor of the column
        for child in order(self.parents):
            self._judge(child)
            for parent in self.parents[child]:
                self._lead(parent, child)

    def run(self) -> Parents:
        """The best graph found: the best step is taken, up or down, that leads to a new graph, until ``PATIENCE`` steps
        in a row led to nothing better."""
        best, height, top, stale = self.parents.copy(), 0.0, 0.0, 0
        seen = {hash(self.edges)}
        for _ in range(100 + 10 * len(self.parents)):
            step = self._best_step(seen)
            if step is None or stale > PATIENCE:
                break
            gain, removed, added = step
            self._take(removed, added)
            seen.add(hash(self.edges))
            height, stale = height + gain, stale + 1
            if height > top + LEAST_GAIN:
                best, top, stale = self.parents.copy(), height, 0
        return best

    def _judge(self, child: int) -> None:
        """Write anew what it gains to add or delete each parent of ``child``."""
        own = self.parents[child]
        self.adding[:, child] = self.deleting[:, child] = -np.inf
        for parent in own - self.required[child]:
            self.deleting[parent, child] = -self.judge.gain(child, own - {parent}, parent)
        if len(own) < self.max_parents:
            for parent in np.flatnonzero(self.candidates[:, child]).tolist():
                if parent not in own:
                    self.adding[parent, child] = self.judge.gain(child, own, parent)

    def _best_step(self, seen: set[int]) -> tuple[float, Edges, Edges] | None:
        """The gain of the best step to a graph without a cycle that was not seen, the edges removed and those added."""
        down, up = self.pairs, self.pairs[::-1]
        adding = np.where(self.above[up], -np.inf, self.adding[down])
        gains = np.stack([adding, self.deleting[down], self.deleting[down] + self.adding[up]])
        while gains.size:
            kind, at = divmod(int(np.argmax(gains)), gains.shape[1])
            gain, parent, child = float(gains[kind, at]), int(down[0][at]), int(down[1][at])
            if gain == -np.inf:
                break
            removed = frozenset([(parent, child)] if kind else [])
            added = frozenset([[(parent, child)], [], [(child, parent)]][kind])
            cycle = kind == 2 and any(self.above[parent, other] for other in self.parents[child])
            if not cycle and hash((self.edges - removed) | added) not in seen:
                return gain, removed, added
            gains[kind, at] = -np.inf
        return None

    def _take(self, removed: Edges, added: Edges) -> None:
        self.edges = (self.edges - removed) | added
        for parent, child in removed:
            self.parents[child] -= {parent}
        for parent, child in added:
            self.parents[child] |= {parent}
            self._lead(parent, child)
        if removed:
            self.above[:] = False
            for own in order(self.parents):
                for other in self.parents[own]:
                    self._lead(other, own)
        for _, child in removed | added:
            self._judge(child)

    def _lead(self, parent: int, child: int) -> None:
        """Note that an edge leads from ``parent`` to ``child``."""
        over, under = self.above[:, parent].copy(), self.above[child].copy()
        over[parent] = under[child] = True
        self.above[np.ix_(over, under)] = True


def nearest(gains: Floats, allowed: Bools, count: int) -> Bools:
    """(d, d), whether the row is one of the ``count`` allowed parents of the column that ``gains`` most."""
    usable = np.where(allowed, gains, -np.inf)
    best = np.argsort(-usable, axis=0, kind="stable")[:count]
    out = np.zeros(usable.shape, dtype=bool)
    np.put_along_axis(out, best, True, axis=0)
    return out & np.isfinite(usable)


def order(parents: Parents) -> list[int]:
    """Every variable after its parents."""
    left, done = dict(enumerate(parents)), []
    waiting: dict[int, list[int]] = {}
    for child, own in left.items():
        for parent in own:
            waiting.setdefault(parent, []).append(child)
    count = [len(own) for own in parents]
    ready = deque(j for j, own in enumerate(parents) if not own)
    while ready:
        done.append(j := ready.popleft())
        for child in waiting.get(j, ()):
            count[child] -= 1
            if not count[child]:
                ready.append(child)
    return done
