"""Distances between encoded rows, a block at a time, so that memory grows with the rows and not with their square."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from weakref import WeakKeyDictionary, ref

import numpy as np

from fewfold.core.errors import NotApplicable
from fewfold.core.types import Bools, Floats, Ints
from fewfold.data.cohort import Cohort
from fewfold.data.encoding import Encoder
from fewfold.metrics.base import Comparison

BLOCK = 2_000_000  # distances held at once
STRIP = 64  # rows of a kernel made at once: what is done to them is done in the cache
CLOSE = 1e-8  # squared distances below this are computed as they are defined, and not by a matrix product
FAR = 1e6  # so are all, where one of the squared distances to the centre is larger: rounding would be seen

_ENCODERS: WeakKeyDictionary[Cohort, Encoder] = WeakKeyDictionary()
_DESIGNS: WeakKeyDictionary[Cohort, tuple[ref[Encoder], Floats]] = WeakKeyDictionary()


def encoded(comparison: Comparison) -> tuple[Floats, Floats, Floats]:
    """Design matrices of train, holdout and synthetic rows, by an encoder that saw the training rows alone. They are
    kept as long as the cohorts are, for the next metric: do not change them."""
    train = comparison.train
    if train not in _ENCODERS:
        _ENCODERS[train] = Encoder.fit(train.matrix, train.schema.features)
    encoder = _ENCODERS[train]
    if not encoder.names:
        raise NotApplicable("no feature varies in the training rows")
    return _design(encoder, train), _design(encoder, comparison.holdout), _design(encoder, comparison.synthetic)


def _design(encoder: Encoder, cohort: Cohort) -> Floats:
    kept = _DESIGNS.get(cohort)
    if kept is not None and kept[0]() is encoder:
        return kept[1]
    design = encoder.transform(cohort.matrix)
    design.flags.writeable = False
    _DESIGNS[cohort] = (ref(encoder), design)
    return design


def squared(points: Floats, among: Floats) -> Floats:
    """(n, m) squared Euclidean distances; 0 where two rows are equal."""
    return np.concatenate([block for _, block in squared_blocks(points, among)])


def squared_blocks(points: Floats, among: Floats) -> Iterator[tuple[slice, Floats]]:
    """As ``squared``, of some of the points (a slice of their rows) at a time."""
    for rows, squares in _squares(points, among):
        _mend(squares, points[rows], among)
        yield rows, squares


def _squares(points: Floats, among: Floats) -> Iterator[tuple[slice, Floats]]:
    """Squared distances of some of the points (a slice of their rows) to each of ``among``, a block at a time, to
    within rounding, which can be below 0."""
    from scipy.spatial.distance import cdist

    step = max(1, BLOCK // max(1, len(among)))
    left, right = _factors(points, among)
    far = max(left[:, -2].max(initial=0.0), right[:, -1].max(initial=0.0)) > FAR
    for start in range(0, len(points), step):
        rows = slice(start, start + step)
        yield rows, cdist(points[rows], among, "sqeuclidean") if far else left[rows] @ right.T


def _factors(points: Floats, among: Floats) -> tuple[Floats, Floats]:
    """Two matrices whose product holds the squared distances."""
    centre, p = among.mean(axis=0), among.shape[1]
    left, right = np.ones((len(points), p + 2)), np.ones((len(among), p + 2))
    for rows, factor, at in ((points, left, p), (among, right, p + 1)):
        centred = np.subtract(rows, centre, out=factor[:, :p])
        np.einsum("ij,ij->i", centred, centred, out=factor[:, at])
    left[:, :p] *= -2
    return left, right


def nearest(points: Floats, among: Floats) -> tuple[Floats, Ints]:
    """(n,) distance of each point to the nearest of ``among``, and (n,) its position."""
    positions = np.empty(len(points), dtype=np.int64)
    for rows, squares in _squares(points, among):
        positions[rows] = squares.argmin(axis=1)
    return apart(points, among[positions]), positions


def nearest_two(points: Floats, among: Floats, subjects: Ints) -> tuple[Floats, Ints, Floats]:
    """As ``nearest``, and (n,) the distance of each point to the nearest of the rows of other subjects than that one's;
    infinite where there are none."""
    first, second = (np.empty(len(points), dtype=np.int64) for _ in range(2))
    there = np.empty(len(points), dtype=bool)
    alone = len(np.unique(subjects)) == len(subjects)
    for rows, squares in _squares(points, among):
        first[rows] = squares.argmin(axis=1)
        _drop(squares, first[rows], subjects, alone)
        second[rows], there[rows] = _least(squares)
    return apart(points, among[first]), first, np.where(there, apart(points, among[second]), np.inf)


def to_kth_other(points: Floats, subjects: Ints, k: int, *, rows: Ints | None = None) -> Floats:
    """Distance of each point, or of some rows of them, to the k-th nearest point of another subject; infinite where
    there are fewer."""
    asked = np.arange(len(points)) if rows is None else rows
    positions, there = np.empty(len(asked), dtype=np.int64), np.empty(len(asked), dtype=bool)
    alone = len(np.unique(subjects)) == len(subjects)
    for part, squares in _squares(points[asked], points):
        _drop(squares, asked[part], subjects, alone)
        lines = np.arange(len(squares))
        for _ in range(k - 1):  # k is small: quicker than a partition
            squares[lines, squares.argmin(axis=1)] = np.inf
        positions[part], there[part] = _least(squares)
    return np.where(there, apart(points[asked], points[positions]), np.inf)


def _drop(squares: Floats, at: Ints, subjects: Ints, alone: bool) -> None:
    """Of each line, put the rows of the subject of one row out of reach; ``alone``: no subject has two."""
    if alone:
        squares[np.arange(len(squares)), at] = np.inf
    else:
        squares[subjects[at, None] == subjects[None, :]] = np.inf


def _least(squares: Floats) -> tuple[Ints, Bools]:
    """Where the least of each line is, and whether it is within reach."""
    positions: Ints = squares.argmin(axis=1)
    within: Bools = np.isfinite(squares[np.arange(len(squares)), positions])
    return positions, within


def apart(a: Floats, b: Floats) -> Floats:
    """(n,) distance of each row of one matrix to the same row of the other."""
    distances: Floats = np.sqrt(((a - b) ** 2).sum(axis=1))
    return distances


def gaussian_kernel(points: Floats, reference: Floats) -> Floats:
    """(n, n) Gaussian kernel; its bandwidth is that of the reference rows."""
    left, right = _factors(points, points)
    squares = left @ right.T
    return gaussian(np.maximum(squares, 0.0, out=squares), bandwidth(reference))


def gaussian(squares: Floats, width: float) -> Floats:
    """The kernel of squared distances, in their place."""
    squares *= -0.5 / width**2
    return np.exp(squares, out=squares)


def bandwidth(reference: Floats) -> float:
    """The median distance between (at most 500) different rows."""
    from scipy.spatial.distance import pdist

    step = -(-len(reference) // 500)
    distances = pdist(reference[::step])
    distances = distances[distances > 0]
    return float(np.median(distances)) if len(distances) else 1.0


def pair_sums(points: Floats, subjects: Ints, sides: Floats, alike: Callable[[Floats], Floats]) -> Floats:
    """(s, s) sums of a function of the squared distance over the pairs of rows of different subjects, the first on one
    and the second on another of the sides (n, s), which mark the rows of each by 1. Strips of the upper triangle are
    all that is held."""
    left, right = _factors(points, points)
    total = np.zeros((sides.shape[1], sides.shape[1]))
    several = len(np.unique(subjects)) < len(subjects)
    for start in range(0, len(points), STRIP):
        rows, own = slice(start, start + STRIP), len(points[start : start + STRIP])
        strip = left[rows] @ right[start:].T
        _mend(strip, points[rows], points[start:])
        strip = alike(strip)
        np.fill_diagonal(strip, 0.0)
        if several:
            strip[subjects[rows, None] == subjects[start:]] = 0.0
        marked = sides[rows].T @ strip
        across = marked[:, own:] @ sides[start + own :]
        total += marked[:, :own] @ sides[rows] + across + across.T
    return total


def _mend(squares: Floats, points: Floats, among: Floats) -> None:
    """Take the squared distances that are small as they are defined: 0 where two rows are equal."""
    at, to = np.divmod(np.flatnonzero(squares < CLOSE), max(1, squares.shape[1]))
    squares[at, to] = ((points[at] - among[to]) ** 2).sum(axis=1)
