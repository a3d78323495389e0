"""A yes-or-no outcome from a time to event: had the event happened by then?"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from fewfold.core.errors import BadInput
from fewfold.core.types import Floats, Frame, Level


def event_by(
    frame: Frame,
    time: str,
    event: str,
    horizon: float,
    event_values: Level | Collection[Level] = 1,
) -> Frame:
    """(n,) 1 where the event happened at or before ``horizon``, 0 where the patient was followed without it at least
    until then, missing where follow-up ended earlier.

    ``horizon`` is in the unit of the column ``time``. ``event_values`` are the values of the column ``event`` that are
    the event; every other value ends follow-up as censoring does. So does a competing event: with 0 alive,
    1 transplanted, 2 dead and ``event_values=2``, a transplant before the horizon gives a missing outcome. The answer
    is then about patients who are not transplanted. To ask for either event, pass ``event_values=(1, 2)``.

    Rows with a missing outcome must be left out of a study and counted. Leaving them out makes the event look more
    frequent than it is: with many of them a survival model is the better way.

    Raises ``BadInput`` for an unknown column, a time that is no number or is negative, a horizon that is not positive
    or that nobody was followed to, and an event value that does not occur.
    """
    for name in (time, event):
        if name not in frame.columns:
            raise BadInput(
                expected=f"a column {name!r}",
                found=f"the columns {', '.join(map(str, frame.columns))}",
                fix="Check the spelling, capitals included.",
            )
    times = _times(frame[time], time)
    status = frame[event].astype(object)
    codes = [event_values] if isinstance(event_values, (str, int, float)) else list(event_values)
    absent = [code for code in codes if not (status == code).any()]
    if absent:
        raise BadInput(
            expected=f"a value that occurs in {event!r}: {', '.join(sorted(map(repr, status.dropna().unique())))}",
            found=", ".join(map(repr, absent)),
            fix="Say which value of that column is the event.",
        )
    if not horizon > 0 or not (times >= horizon).any():
        raise BadInput(
            expected=f"a horizon above 0 that somebody was followed to; the longest time is {np.nanmax(times):g}",
            found=f"{horizon:g}",
            fix=f"Choose a shorter one, in the unit of {time!r}.",
        )
    happened = status.isin(codes).to_numpy() & (times <= horizon)
    known = (happened | (times >= horizon)) & status.notna().to_numpy()
    return pd.Series(np.where(known, happened.astype(float), np.nan), index=frame.index)


def _times(column: Frame, name: str) -> Floats:
    try:
        times: Floats = np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadInput(
            expected=f"numbers in {name!r}",
            found=str(error),
            fix="Give the follow-up as a number of days, months or years.",
        ) from error
    if np.isnan(times).all() or (times < 0).any():
        raise BadInput(
            expected=f"times of 0 or more in {name!r}",
            found="none at all" if np.isnan(times).all() else f"{int((times < 0).sum())} below 0",
            fix="Correct those rows.",
        )
    return times
