"""Errors that are told together."""

from __future__ import annotations

import pickle

import pytest

from fewfold.core.errors import BadInput
from fewfold.core.faults import Faults, ManyFaults


def bad(what: str) -> BadInput:
    return BadInput(expected=f"no {what}", found=what, fix="Mend it.")


def test_none_is_no_error_and_one_stays_itself() -> None:
    faults = Faults()
    faults.raise_if_any()
    only = bad("rust")
    with faults.kept():
        raise only
    with pytest.raises(BadInput) as raised:
        faults.raise_if_any()
    assert raised.value is only


def test_several_are_told_together_and_survive_another_process() -> None:
    faults = Faults()
    for what in ("rust", "moss"):
        with faults.kept():
            raise bad(what)
    with pytest.raises(ManyFaults) as raised:
        faults.raise_if_any()
    again = pickle.loads(pickle.dumps(raised.value))
    assert [fault.found for fault in again.faults] == ["rust", "moss"]
    assert "1. Expected no rust" in str(again) and "2. Expected no moss" in str(again)


def test_what_is_no_bad_input_is_not_kept() -> None:
    with pytest.raises(KeyError), Faults().kept():
        raise KeyError
