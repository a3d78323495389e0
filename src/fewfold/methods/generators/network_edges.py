"""What is known of a network before data are seen: edges that must be there, and edges that cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fewfold.core.errors import BadInput
from fewfold.core.types import Bools

Names = Sequence[str]
Pairs = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Knowledge:
    """``required``: (parent, child) by position. ``allowed``: (d, d), whether the row can be a parent of the column."""

    required: tuple[tuple[int, int], ...]
    allowed: Bools

    def among(self, observed: Bools) -> Knowledge:
        """What it says of the variables that were observed."""
        required = tuple((p, c) for p, c in self.required if observed[p] and observed[c])
        return Knowledge(required, self.allowed & observed & observed[:, None])


def knowledge(
    names: Names, root: str | None, required: Pairs, forbidden: Pairs, tiers: Sequence[Names], max_parents: int
) -> Knowledge:
    """What ``required`` and ``forbidden`` [parent, child] edges and ``tiers`` say of the variables ``names``.

    No edge leads from a tier to an earlier one; a variable that no tier names is free. ``root`` has no parents.
    Raises ``BadInput`` for a name that is not a variable, and for statements that contradict each other.
    """
    for edges, told in ((required, "required"), (forbidden, "forbidden")):
        for edge in edges:
            if not isinstance(edge, list) or len(edge) != 2 or edge[0] == edge[1]:
                _refuse(f"each of the {told} edges as [parent, child], two names", repr(edge), "Correct that edge.")
    _check_names(names, [name for edge in (*required, *forbidden) for name in edge], "required and forbidden")
    tier = _tiers(names, root, tiers)
    position = {name: j for j, name in enumerate(names)}
    allowed = ~np.eye(len(names), dtype=bool)
    if root is not None:
        allowed[:, position[root]] = False
    for late, t in tier.items():
        for early in (name for name, s in tier.items() if s < t):
            allowed[position[late], position[early]] = False
    for parent, child in required:
        _check_required(parent, child, root, forbidden, tier)
    for parent, child in forbidden:
        allowed[position[parent], position[child]] = False
    pairs = tuple(dict.fromkeys((position[parent], position[child]) for parent, child in required))
    _check_parents(names, pairs, max_parents)
    _check_cycle(names, pairs)
    return Knowledge(pairs, allowed)


def _check_names(names: Names, used: Iterable[str], told: str) -> None:
    unknown = [repr(name) for name in dict.fromkeys(used) if name not in names]
    if unknown:
        listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        _refuse(f"{told} to name some of {listed}", ", ".join(unknown), "Check the spelling, capitals included.")


def _tiers(names: Names, root: str | None, tiers: Sequence[Names]) -> dict[str, int]:
    """The tier of each variable that has one."""
    if not all(isinstance(tier, list) for tier in tiers):
        _refuse("tiers as lists of names", repr(list(tiers)), "Write tiers = [['age'], ['stage', 'albumin']].")
    _check_names(names, [name for tier in tiers for name in tier], "tiers")
    found: dict[str, int] = {}
    for t, tier in enumerate(tiers):
        for name in tier:
            if found.setdefault(name, t) != t:
                _refuse("each variable in one tier", f"{name!r} in tiers {found[name] + 1} and {t + 1}", "Keep one.")
    if root is not None and found.get(root, 0) > 0:
        _refuse(
            f"the target {root!r} in no tier, or in the first",
            f"it in tier {found[root] + 1}",
            "A target with classes is drawn first, so that every class can be asked for; order the features alone.",
        )
    return found


def _check_required(parent: str, child: str, root: str | None, forbidden: Pairs, tier: dict[str, int]) -> None:
    edge = f"{parent} -> {child}"
    if child == root:
        _refuse(
            f"no edge into the target {root!r}",
            f"the required edge {edge}",
            f"A target with classes is drawn first: require {child} -> {parent} instead.",
        )
    if [parent, child] in forbidden:
        _refuse("edges that are required or forbidden", f"{edge}, which is both", "Leave it out of one of the lists.")
    if parent in tier and child in tier and tier[parent] > tier[child]:
        _refuse(
            "required edges that lead to the same or a later tier",
            f"{edge}, from tier {tier[parent] + 1} to tier {tier[child] + 1}",
            "Change the tiers, or leave the edge out.",
        )


def _check_parents(names: Names, required: Sequence[tuple[int, int]], max_parents: int) -> None:
    for j, name in enumerate(names):
        count = sum(child == j for _, child in required)
        if count > max_parents:
            _refuse(
                f"at most max_parents = {max_parents} required edges into a variable",
                f"{count} into {name!r}",
                f"Raise max_parents to {count}, or require fewer.",
            )


def _check_cycle(names: Names, required: Sequence[tuple[int, int]]) -> None:
    """Variables that no required edge leads to are taken away, again and again; what is left holds a cycle."""
    edges = list(required)
    while edges:
        children = {child for _, child in edges}
        kept = [(parent, child) for parent, child in edges if parent in children]
        if len(kept) == len(edges):
            _refuse("required edges without a cycle", _cycle(names, edges), "Leave one of these edges out.")
        edges = kept


def _cycle(names: Names, edges: Sequence[tuple[int, int]]) -> str:
    """One cycle among edges each of whose parents is also a child."""
    parent_of = {child: parent for parent, child in edges}
    path = [edges[0][0]]
    while path[-1] not in path[:-1]:
        path.append(parent_of[path[-1]])
    around = path[path.index(path[-1]) :][::-1]
    return " -> ".join(names[j] for j in around)


def _refuse(expected: str, found: str, fix: str) -> None:
    raise BadInput(expected=expected, found=found, fix=fix)
