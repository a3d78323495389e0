import numpy as np
import pandas as pd
import pytest

from fewfold.data.parse import parse_dates, parse_numbers


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1", " 2.5 ", "-3e2", None], [1, 2.5, -300, np.nan]),
        (["1,5", "2", None], [1.5, 2, np.nan]),
        (["1,5", "2.5"], [np.nan, 2.5]),  # two marks: which is right cannot be known
        (["1.234,5"], [1234.5]),
        (["<0.5", "2"], [np.nan, 2]),
        (["<0,5", "0,7", "1,2"], [np.nan, 0.7, 1.2]),
        (["n.d.", "1.234,5"], [np.nan, 1234.5]),
        ([1, 2.5, "3"], [1, 2.5, 3]),
    ],
)
def test_numbers(texts: list[object], numbers: list[float]) -> None:
    np.testing.assert_array_equal(parse_numbers(pd.Series(texts, dtype=object)), numbers)


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["2020-01-02", None, "2021-12-31"], ["2020-01-02", None, "2021-12-31"]),
        (["2020-01-02 10:30", "2020-01-02T10:30:05Z"], ["2020-01-02 10:30", "2020-01-02 10:30:05"]),
        (["2020-01-02T01:00:00+02:00"], ["2020-01-01 23:00"]),
        (["2020/1/2"], ["2020-01-02"]),
        (["3.4.2020", "13.4.2020 08:15"], ["2020-04-03", "2020-04-13 08:15"]),
        (["03/04/2020", "13/04/2020"], ["2020-04-03", "2020-04-13"]),
        (["03/04/2020", "04/13/2020"], ["2020-03-04", "2020-04-13"]),
        (["03-04-2020", "13-04-2020"], ["2020-04-03", "2020-04-13"]),
        (["01/01/2020", "02/02/2020"], ["2020-01-01", "2020-02-02"]),  # either reading is the same day
        (["12mar2020", "5 April 2021"], ["2020-03-12", "2021-04-05"]),
        (["March 12, 2020"], ["2020-03-12"]),
        (["13/04/2020", "04/13/2020"], ["2020-04-13", None]),
        (["2020-02-30", "9999-12-31"], [None, None]),
        (["20200102", "2020", "a"], [None, None, None]),
    ],
)
def test_dates(texts: list[str], days: list[str]) -> None:
    dates = parse_dates(pd.Series(texts, dtype=object))
    assert not dates.ambiguous
    assert dates.values.dtype == "datetime64[ns]"
    assert dates.values.tolist() == pd.to_datetime(pd.Series(days), format="ISO8601").tolist()


def test_day_and_month_that_cannot_be_told_apart() -> None:
    dates = parse_dates(pd.Series(["01/02/2020", "03/03/2020"]))
    assert dates.ambiguous and dates.values.isna().all()


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1,234.5", "12.5", "3"], [1234.5, 12.5, 3]),
        (["1.234,5", "12,5", "3"], [1234.5, 12.5, 3]),
        (["1,234,567", "89"], [1234567, 89]),
        (["-1.234.567", "89"], [-1234567, 89]),
        (["1,234", "12.5"], [1234, 12.5]),
        (["0,123", "1,234"], [0.123, 1.234]),
        (["1,234", "567"], [None, 567]),  # 1234 or 1.234
        (["1.234,5", "1,234.5"], [None, None]),
        (["12,34,567", "1.5"], [None, 1.5]),
    ],
)
def test_a_mark_of_thousands_is_read_where_it_is_certain(texts: list[str], numbers: list[float | None]) -> None:
    read = parse_numbers(pd.Series(texts, dtype=object))
    assert read.equals(pd.Series(numbers, dtype="float64"))
