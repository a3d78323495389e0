"""Discovery: a method or a metric is found because its file lies in the right folder."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Generic, TypeVar

from fewfold.core.errors import BadInput, DuplicateName

T = TypeVar("T")


class Registry(Generic[T]):
    """All concrete subclasses of ``base`` that carry a ``card``, in the folders of ``package``.

    Modules that lie in ``package`` itself, beside the folders, are not searched and not imported.
    """

    def __init__(self, package: str, base: Any, noun: str) -> None:
        self._package, self._base, self._noun = package, base, noun
        self._found: dict[str, type[T]] | None = None

    def _catalogue(self) -> dict[str, type[T]]:
        if self._found is None:
            found: dict[str, type[T]] = {}
            for candidate in self._candidates():
                register(found, candidate, noun=self._noun)
            self._found = dict(sorted(found.items()))
        return self._found

    def _candidates(self) -> Iterator[type[T]]:
        package = import_module(self._package)
        for info in walk_packages(package.__path__, prefix=f"{self._package}."):
            if info.name.count(".") - self._package.count(".") != 2:
                continue  # one class, one file in a folder of the package; what lies deeper is what they share
            for _, value in inspect.getmembers(import_module(info.name), inspect.isclass):
                kind: Any = value
                own = value.__module__ == info.name and issubclass(value, self._base)
                if own and not inspect.isabstract(value) and hasattr(value, "card"):
                    yield kind

    def add(self, candidate: type[T]) -> None:
        """Take up a class from elsewhere, for as long as this process runs."""
        register(self._catalogue(), candidate, noun=self._noun)

    def names(self) -> list[str]:
        """All names, sorted."""
        return list(self._catalogue())

    def __iter__(self) -> Iterator[type[T]]:
        return iter(self._catalogue().values())

    def get(self, name: str) -> type[T]:
        """The class called ``name``; an unknown name is a ``BadInput`` that lists near matches."""
        catalogue = self._catalogue()
        if name not in catalogue:
            near = get_close_matches(name, catalogue, n=3) or list(catalogue)
            raise BadInput(
                expected=f"the name of a {self._noun}",
                found=repr(name),
                fix=f"Did you mean: {', '.join(near)}? `fewfold {self._noun}s` lists all.",
            )
        return catalogue[name]


def register(found: dict[str, type[T]], candidate: type[T], *, noun: str) -> None:
    """Add ``candidate`` under its card's name; refuse a name that is taken."""
    card: Any = getattr(candidate, "card")  # noqa: B009 - the base class of T is not known here
    other = found.get(card.name)
    if other is not None:
        raise DuplicateName(
            f"Two {noun}s are called {card.name!r}: {other.__module__}.{other.__qualname__} and "
            f"{candidate.__module__}.{candidate.__qualname__}. Rename one."
        )
    found[card.name] = candidate
