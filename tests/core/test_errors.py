"""Errors that a user can act on, and that survive the way back from a worker."""

from __future__ import annotations

import pickle

import pytest

from fewfold.core import errors
from fewfold.core.errors import BadInput, FewfoldError, Leakage, MissingExtra, NotApplicable, ProtocolChanged
from fewfold.core.optional import require


@pytest.mark.parametrize("kind", [BadInput, Leakage, ProtocolChanged])
def test_bad_input_says_what_was_expected_found_and_what_to_do(kind: type[BadInput]) -> None:
    error = kind(expected="a number", found="'x'", fix="Pass 3.")
    assert str(error) == "Expected a number. Found 'x'. Pass 3."
    assert isinstance(error, ValueError)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.fix) == (kind, str(error), "Pass 3.")


def test_not_applicable_keeps_its_reason() -> None:
    again = pickle.loads(pickle.dumps(NotApplicable("one class")))
    assert (type(again), again.reason, str(again)) == (NotApplicable, "one class", "one class")


def test_every_error_is_a_fewfold_error() -> None:
    kinds = [
        value for value in vars(errors).values() if isinstance(value, type) and value.__module__ == errors.__name__
    ]
    assert len(kinds) > 5
    assert all(issubclass(kind, FewfoldError) for kind in kinds)


def test_a_missing_extra_is_named() -> None:
    assert require("json", extra="formats").dumps([1]) == "[1]"
    with pytest.raises(MissingExtra, match=r'no_such_module is not installed. Run: pip install "fewfold\[formats\]"'):
        require("no_such_module", extra="formats")
    with pytest.raises(ImportError):
        require("no_such_module", extra="formats")
