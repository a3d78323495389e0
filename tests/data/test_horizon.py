"""A yes-or-no outcome from a time to event."""

import numpy as np
import pandas as pd
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.horizon import event_by

FRAME = pd.DataFrame(
    {
        "time": [100, 365, 366, 200, 365, 900, 200, np.nan, 500],
        "status": [2, 2, 2, 0, 0, 0, 1, 2, np.nan],
    },
    index=list("abcdefghi"),
)


def test_each_way_to_end_follow_up():
    got = event_by(FRAME, "time", "status", 365, event_values=2)
    # dead before, dead on the day, dead after, censored before, censored on the day, followed longer,
    # competing event before, unknown time, unknown event
    want = [1, 1, 0, np.nan, 0, 0, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(got, want)
    assert list(got.index) == list(FRAME.index)


def test_several_events_count_together():
    got = event_by(FRAME, "time", "status", 365, event_values=(1, 2))
    assert got["g"] == 1


def test_boolean_and_text_events():
    frame = pd.DataFrame({"t": [1.0, 1.0, 5.0], "dead": [True, False, False], "end": ["died", "lost", "lost"]})
    np.testing.assert_array_equal(event_by(frame, "t", "dead", 3), [1, np.nan, 0])
    np.testing.assert_array_equal(event_by(frame, "t", "end", 3, event_values="died"), [1, np.nan, 0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time": "weeks"}, "weeks"),
        ({"event": "dead"}, "dead"),
        ({"event_values": 7}, "7"),
        ({"horizon": 0}, "longest time is 900"),
        ({"horizon": 901}, "longest time is 900"),
        ({"time": "text"}, "number of days"),
        ({"time": "negative"}, "1 below 0"),
        ({"time": "empty"}, "none at all"),
    ],
)
def test_what_cannot_be_answered(change, message):
    frame = FRAME.assign(text="soon", negative=[-1] + [400] * 8, empty=np.nan)
    arguments = {"time": "time", "event": "status", "horizon": 365, "event_values": 2} | change
    with pytest.raises(BadInput, match=message):
        event_by(frame, **arguments)
