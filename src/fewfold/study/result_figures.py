"""What the pictures of a report show: the part of a result that is drawn."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from fewfold.study.result_part import Part


class Distribution(Part):
    """One variable, real against each method. Numeric: shares per bin between ``edges``. Levels: shares per level."""

    variable: str
    label: str
    unit: str | None
    kind: str
    edges: list[float] | None = None
    levels: list[str] | None = None
    real: list[float]
    synthetic: dict[str, list[float]]
    missing_real: float
    missing_synthetic: dict[str, float]


class Associations(Part):
    """Association of each pair of variables, 0 to 1 (signed for two numeric variables)."""

    variables: list[str]
    real: list[list[float | None]]
    synthetic: dict[str, list[list[float | None]]]


class Calibration(Part):
    """Observed event rate against predicted risk, in groups of equal size, out of fold."""

    method: str
    ratio: float
    learner: str
    predicted: list[float]
    observed: list[float]
    low: list[float]
    high: list[float]
    n: list[int]


class Kaplan(Part):
    """How many are still without the event, or still followed, at some times: Kaplan-Meier curves of the patients, with
    their 95 % intervals, and of the rows of each method."""

    ending: Literal["event", "censoring"]
    unit: str | None = None
    times: list[float]
    real: list[float]
    low: list[float]
    high: list[float]
    synthetic: dict[str, list[float]]


class Contact(Part):
    """An altered image beside the one that it was made of, and the real one that is nearest to it. Pictures are PNG
    files, base64."""

    method: str
    label: str = Field(description="the class of the image")
    drawn: str = Field(description="what was drawn by each transform")
    real: str = Field(description="picture of the image that it was made of")
    made: str
    nearest: str = Field(description="picture of the real image whose features are nearest to those of the made one")
    is_source: bool = Field(description="the nearest one is that of which it was made")
    distance: float = Field(
        description="to the nearest, in usual distances: the median of each real image to its nearest"
    )


class Edge(Part):
    """One variable of a network that another is drawn from."""

    parent: str
    child: str
    strength: float = Field(description="log odds that the edge is there; one that was required may be below 0")


class Network(Part):
    """The graph that a method learned on the whole cohort, the strongest edges first."""

    method: str
    edges: list[Edge]


class Figures(Part):
    """The numbers behind the pictures."""

    distributions: list[Distribution] = Field([])
    associations: Associations | None = None
    calibration: list[Calibration] = Field([])
    follow_up: list[Kaplan] = Field([], description="where there are an event time and an event")
    contacts: list[Contact] = Field([], description="altered images, where the protocol has them shown")
    networks: list[Network] = Field([], description="of methods that draw each variable given its parents")
