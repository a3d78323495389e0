"""The pages of the documentation, and the blocks on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: ``info`` is what stands behind the fence, ``line`` that of the fence."""

    info: str
    text: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    """All fenced blocks of a page, in order."""
    for found in _FENCE.finditer(text):
        yield Block(found["info"].strip(), found["text"], text.count("\n", 0, found.start()) + 1)


def prose(text: str) -> str:
    """A page without its blocks and code."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))
