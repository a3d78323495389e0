"""What the shell proposes for a word: names of methods, transforms, presets, metrics and data sets, and other words.

Nothing is imported before a word is to be completed.
"""

from __future__ import annotations

from collections.abc import Iterable

CALLS = ("helps", "harms", "no_evidence", "not_estimable", "blocked")


def methods(incomplete: str) -> list[str]:
    """Names of methods."""
    from fewfold.methods.base import METHODS

    return _starting(METHODS.names(), incomplete)


def transforms(incomplete: str) -> list[str]:
    """Names of transforms."""
    from fewfold.methods.transforms.base import TRANSFORMS

    return _starting(TRANSFORMS.names(), incomplete)


def presets(incomplete: str) -> list[str]:
    """Names of presets of transforms."""
    from fewfold.methods.transforms.preset import preset_names

    return _starting(preset_names(), incomplete)


def endpoints(incomplete: str) -> list[str]:
    """What a label may rest on."""
    from fewfold.methods.transforms.base import DESTROYS

    return _starting(DESTROYS, incomplete)


def metrics(incomplete: str) -> list[str]:
    """Names of metrics."""
    from fewfold.metrics.base import METRICS

    return _starting(METRICS.names(), incomplete)


def datasets(incomplete: str) -> list[str]:
    """Names of data sets."""
    from fewfold.data import datasets as known

    return _starting(known.names(), incomplete)


def modalities(incomplete: str) -> list[str]:
    """Every modality that some method, transform, metric or data set is for."""
    from fewfold.data import datasets as known
    from fewfold.methods.base import METHODS
    from fewfold.methods.transforms.base import TRANSFORMS
    from fewfold.metrics.base import METRICS

    kinds = [kind.card for kind in METHODS], [kind.card for kind in TRANSFORMS], [kind.card for kind in METRICS]
    cards = *kinds, map(known.card, known.names())
    return _starting(sorted({each for some in cards for card in some for each in card.modalities}), incomplete)


def calls(incomplete: str) -> list[str]:
    """Verdicts, separated by commas: the last of them is completed."""
    *before, last = incomplete.split(",")
    return [",".join([*before, call]) for call in _starting(CALLS, last) if call not in before]


def _starting(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
