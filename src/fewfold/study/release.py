"""What must hold before synthetic rows go where the protocol says they are meant to go."""

from __future__ import annotations

from collections.abc import Sequence

from fewfold.core.cards import MethodCard
from fewfold.study.findings import finding
from fewfold.study.result import Finding, MetricRow
from fewfold.study.settings import Settings

ORDER = ("internal", "consortium", "public")
# codes that block, by release; FF401 (impossible records) blocks everywhere
BLOCKS = {
    "internal": frozenset({"FF401"}),
    "consortium": frozenset({"FF401", "FF301", "FF304", "FF308", "FF309"}),
    "public": frozenset({"FF401", "FF301", "FF302", "FF304", "FF305", "FF306", "FF307", "FF308", "FF309"}),
}
ATTACKS = ("membership", "membership_shadow")
MOST = {"consortium": 0.65, "public": 0.60}  # upper end of the AUROC of membership inference


def privacy_unknown(name: str, validity: Sequence[MetricRow], settings: Settings) -> list[Finding]:
    """A finding where the interval of membership inference reaches beyond what the release allows."""
    if settings.release == "internal":
        return []
    limit = MOST[settings.release]
    rows = [row for row in validity if row.method == name and row.name in ATTACKS]
    ends = [row.high for row in rows if row.high is not None]
    if ends and max(ends) <= limit:
        return []
    told = f"the upper end for membership inference is {max(ends):.2f}" if ends else "membership could not be measured"
    return [finding("FF309", f"{told}; a {settings.release} release allows {limit:.2f}", method=name)]


def gates(found: Sequence[Finding], card: MethodCard, settings: Settings) -> list[Finding]:
    """The findings that block: those of the release, and what the mark of the method adds.

    The mark is about the design and closes one door: methods marked internal give originals back, so their rows never
    leave the team, whatever the metrics say. A wider mark opens none: where such rows go is decided by the findings of
    the release that is intended, for the public too. Copies also block a generator inside the team: it has made nothing
    new. Methods marked internal copy or interpolate by design and are judged by what they do for a model.
    """
    blocking = BLOCKS[settings.release]
    if card.release != "internal":
        blocking |= {"FF301"}
    elif settings.release != "internal":
        blocking |= {"FF303"}
    return [f for f in found if f.code in blocking]
