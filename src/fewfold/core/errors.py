"""What can go wrong, said so that a user can act on it."""

from __future__ import annotations


class FewfoldError(Exception):
    """Base of every error that fewfold raises on purpose."""


class BadInput(FewfoldError, ValueError):
    """Something handed in cannot be used. Says what was expected, what was found and what to do."""

    def __init__(self, *, expected: str, found: str, fix: str) -> None:
        self.expected, self.found, self.fix = expected, found, fix
        super().__init__(f"Expected {expected}. Found {found}. {fix}")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.expected, self.found, self.fix)


def _rebuild(kind: type[BadInput], expected: str, found: str, fix: str) -> BadInput:
    return kind(expected=expected, found=found, fix=fix)


class Leakage(BadInput):
    """Rows that must not teach, or must not be tested on, were about to be used so."""


class ProtocolChanged(BadInput):
    """A protocol no longer matches the results that were made under it."""


class NotApplicable(FewfoldError):
    """A method or metric does not apply here. A result with a reason, not a failure."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class DuplicateName(FewfoldError):
    """Two methods, or two metrics, claim the same name."""


class MissingExtra(FewfoldError, ImportError):
    """An optional dependency is not installed; names the extra that brings it."""
