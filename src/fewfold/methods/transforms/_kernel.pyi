from typing import Any

def warp(
    source: Any,
    output: Any,
    kind: int,
    mode: int,
    border: int,
    fill: float,
    ndim: int,
    channels: int,
    size: tuple[int, ...],
    out: tuple[int, ...],
    matrix: Any,
    field: int,
    values: Any,
    grid: tuple[int, ...],
    degree: int,
    layout: Any,
    table: Any,
    curve: Any,
    start: int,
    stop: int,
) -> None: ...
def curve(values: Any, kind: int, channels: int, table: Any, curve: Any) -> None: ...
def normal(values: Any, state: int, scale: float) -> None: ...
def bias(values: Any, rows: Any, columns: Any, terms: int) -> None: ...
def instructions() -> str: ...
