"""The command line: parses, calls one function, prints."""

from __future__ import annotations


def main() -> None:
    """Entry point of ``fewfold``."""
