"""Which findings close which release."""

from __future__ import annotations

import pytest

from fewfold.core.cards import MethodCard
from fewfold.study.findings import finding
from fewfold.study.release import BLOCKS, MOST, ORDER, gates, privacy_unknown
from fewfold.study.result import MetricRow
from fewfold.study.settings import Settings

MAY_LEAVE = MethodCard(name="g", title="", family="generator", summary="", release="consortium")
INTERNAL = MethodCard(name="s", title="", family="oversampler", summary="", release="internal")


def closed(code: str, card: MethodCard, release: str) -> bool:
    return bool(gates([finding(code, "")], card, Settings(release=release)))


def test_each_release_asks_for_all_that_the_one_before_asks_for():
    assert [*BLOCKS] == [*ORDER]
    assert BLOCKS["internal"] < BLOCKS["consortium"] < BLOCKS["public"]


@pytest.mark.parametrize(
    ("code", "internal", "consortium", "public"),
    [
        ("FF401", True, True, True),
        ("FF304", False, True, True),
        ("FF308", False, True, True),
        ("FF305", False, False, True),
        ("FF306", False, False, True),
        ("FF309", False, True, True),
        ("FF501", False, False, False),
    ],
)
def test_the_gates(code, internal, consortium, public):
    assert [closed(code, MAY_LEAVE, r) for r in ORDER] == [internal, consortium, public]


def test_copies_block_a_generator_even_inside_and_what_is_marked_internal_never_leaves():
    assert closed("FF301", MAY_LEAVE, "internal")
    assert not closed("FF301", INTERNAL, "internal")
    assert not closed("FF303", INTERNAL, "internal")
    assert closed("FF303", INTERNAL, "consortium")
    assert closed("FF303", INTERNAL, "public")


def test_a_mark_for_a_consortium_closes_no_release_and_spares_no_finding():
    published = Settings(release="public")
    assert not gates([], MAY_LEAVE, published)
    leaks = [finding(code, "") for code in sorted(BLOCKS["public"])]
    assert gates(leaks, MAY_LEAVE, published) == leaks
    guaranteed = MethodCard(name="d", title="", family="generator", summary="", release="public")
    assert gates(leaks, guaranteed, published) == leaks


def test_no_release_outside_the_team_goes_beyond_its_limit_for_membership():
    for release in ORDER[1:]:
        settings = Settings(release=release)
        for high in (MOST[release] + 0.01, None):
            assert gates(privacy_unknown("g", membership(high), settings), MAY_LEAVE, settings), release
        assert not gates(privacy_unknown("g", membership(MOST[release]), settings), MAY_LEAVE, settings), release


def membership(high: float | None) -> list[MetricRow]:
    value = None if high is None else high - 0.1
    row = {"name": "membership", "family": "privacy", "method": "g", "ratio": 1.0, "n": 30}
    return [MetricRow.model_validate({**row, "value": value, "low": value, "high": high})]


@pytest.mark.parametrize(
    ("release", "high", "found"),
    [
        ("internal", 0.9, []),
        ("consortium", 0.64, []),
        ("consortium", 0.66, ["FF309"]),
        ("public", 0.59, []),
        ("public", 0.64, ["FF309"]),
        ("public", None, ["FF309"]),
    ],
)
def test_privacy_that_cannot_be_shown(release, high, found):
    assert [f.code for f in privacy_unknown("g", membership(high), Settings(release=release))] == found


def test_privacy_that_was_not_measured_is_not_shown():
    assert [f.code for f in privacy_unknown("g", [], Settings(release="public"))] == ["FF309"]
