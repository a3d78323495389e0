import csv
import gzip
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fewfold.core.errors import BadInput, MissingExtra
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.infer import infer_schema
from fewfold.data.io import spreadsheet
from fewfold.data.io.table import WRITERS, read_frame, write_frame
from fewfold.data.schema import Schema, Variable


def text(folder: Path, content: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "an empty file"),
        ("\n\n  \n", "no name for column 1"),
        ("a,b\n", "no row"),
        ("a,b,a\n1,2,3\n", "'a' more than once"),
        ("a,b, a \n1,2,3\n", "'a' more than once"),
        ("a,,c\n1,2,3\n", "no name for column 2 of 3"),
        (",a\n1,2\n", "no name for column 1 of 2"),
        ("a,b\n1,2\n3\n4,5\n", "row 3 has 1"),
        ("a,b\n1,2\n\n3,4,5\n", "row 4 has 3"),
        ('a,b\n1,"x\ny"\n3,4,5\n', "row 3 has 3"),
        ('a,b\n1,2" x\n3,4,5\n', "row 3 has 3"),
        ('a,b\n1,2\n3,"x\n', "cannot be read"),
        ('a,b\n1,2\n3,"' + 300_000 * "x\n", "cannot be read"),
    ],
)
def test_text_that_is_no_table_is_refused(tmp_path: Path, content: str, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        read_frame(text(tmp_path, content))


def test_paths_that_hold_no_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match="a folder"):
        read_frame(tmp_path / "folder.csv")
    with pytest.raises(BadInput, match="nothing at"):
        read_frame(tmp_path / "absent.csv")
    with pytest.raises(BadInput, match=r"Did you mean \.xlsx"):
        read_frame(text(tmp_path, "a\n1\n", "a.xls"))
    with pytest.raises(BadInput, match=r"\.docx"):
        read_frame(text(tmp_path, "a\n1\n", "a.docx"))


@pytest.mark.parametrize("extension", ["xlsx", "parquet", "dta", "sav", "sas7bdat", "xpt"])
@pytest.mark.parametrize("content", ["a,b\n1,2\n", "PK\x03\x04 broken", "PAR1 broken PAR1"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, extension: str, content: str) -> None:
    with pytest.raises(BadInput, match="cannot be read as one"):
        read_frame(text(tmp_path, content, f"a.{extension}"))


@pytest.mark.parametrize("extension", ["xlsx", "parquet", "sav"])
def test_a_file_cut_short_is_refused(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"a.{extension}"
    write_frame(pd.DataFrame({"a": np.arange(500), "b": ["x"] * 500}), path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput):
        read_frame(path)


def test_row_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    frame = read_frame(text(tmp_path, 'a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n  \r\n3,\r\n'))
    assert frame.index.tolist() == [2, 4, 6]
    assert frame["b"].tolist()[:2] == ["x\r\ny", "z"]


def test_a_quote_inside_a_field_does_not_mislead(tmp_path: Path) -> None:
    frame = read_frame(text(tmp_path, 'a,b\n1,5" nail\n2,6" nail\n3,"x, y"\n'))
    assert frame["b"].tolist() == ['5" nail', '6" nail', "x, y"]
    assert frame.index.tolist() == [2, 3, 4]


def test_old_line_ends_and_one_column(tmp_path: Path) -> None:
    assert read_frame(text(tmp_path, "a,b\r1,2\r3,4"))["b"].tolist() == [2, 4]
    assert read_frame(text(tmp_path, "a\n1\n\n3\n")).index.tolist() == [2, 4]


def test_marks_of_a_missing_value_and_none_as_a_level(tmp_path: Path) -> None:
    frame = read_frame(text(tmp_path, "a,b\n1,None\n.,mild\nNA,None\n?,None\n"))
    assert frame["a"].isna().tolist() == [False, True, True, True]
    assert frame["b"].tolist() == ["None", "mild", "None", "None"]


def test_a_worksheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        [],
        ["id", "sex", " age ", "seen", None],
        ["p1", "f", 50, pd.Timestamp("2020-02-01"), None],
        [],
        ["p2", "NA", None, None, None],
    ):
        sheet.append(row)
    sheet["H30"].font = openpyxl.styles.Font(bold=True)
    book.create_sheet("other")
    book.save(tmp_path / "a.xlsx")
    frame = read_frame(tmp_path / "a.xlsx")
    assert list(frame.columns) == ["id", "sex", "age", "seen"]
    assert frame.index.tolist() == [3, 5]
    assert frame["age"].tolist()[0] == 50 and np.isnan(frame["age"].tolist()[1])
    assert frame["sex"].isna().tolist() == [False, True]
    assert frame["seen"].tolist()[0] == pd.Timestamp("2020-02-01")
    assert "first of 2" in frame.attrs["source"]


def test_a_worksheet_without_names_or_rows(tmp_path: Path) -> None:
    for rows, word in (([], "empty worksheet"), ([["a", "a"], [1, 2]], "more than once"), ([["a", "b"]], "no row")):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "a.xlsx")
        with pytest.raises(BadInput, match=word):
            read_frame(tmp_path / "a.xlsx")


def _book(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


TABLE: list[list[object]] = [["id", "sex", "age", "seen"], ["p1", "f", 50, "x"], ["p2", "m", 61, "y"]]


@pytest.mark.parametrize(
    ("above", "count"),
    [
        ([["Export of 3 May 2024"]], 1),
        ([["Export"], [], [None, "confidential"]], 2),
        ([], 0),
    ],
)
def test_titles_above_the_header_of_a_worksheet_are_left_out(tmp_path: Path, above: list, count: int) -> None:
    frame = read_frame(_book(tmp_path / "a.xlsx", data=[*above, *TABLE]))
    assert list(frame.columns) == TABLE[0]
    assert frame.index.tolist() == [2 + len(above), 3 + len(above)]
    assert (f"{count} row" in frame.attrs["source"]) == (count > 0)


def test_the_first_worksheet_that_holds_a_table_is_read(tmp_path: Path) -> None:
    frame = read_frame(_book(tmp_path / "a.xlsx", notes=[["Read this first"], ["Dr X"]], empty=[], data=TABLE))
    assert list(frame.columns) == TABLE[0]
    assert "worksheet 'data' (number 3 of 3)" in frame.attrs["source"]


def test_a_column_of_another_worksheet_is_looked_for_there(tmp_path: Path) -> None:
    codes = [["variable", "meaning"], ["age", "in years"]]
    frame = read_frame(_book(tmp_path / "a.xlsx", codes=codes, data=[["Export"], *TABLE]))
    with pytest.raises(BadInput, match=r"'sex'. It is in the worksheet 'data'"):
        infer_schema(frame, target="sex")


@pytest.mark.parametrize("lines", ["Export of 3 May\n", "\nExport\n\nby Dr X,,,\n", '"Export,\nby Dr X"\n', "sep=,\n"])
def test_titles_above_the_header_of_a_text_are_left_out(tmp_path: Path, lines: str) -> None:
    rows = "\n".join(",".join(map(str, row)) for row in TABLE) + "\n"
    plain, frame = read_frame(text(tmp_path, rows)), read_frame(text(tmp_path, lines + rows))
    assert list(frame.columns) == TABLE[0]
    assert frame.to_numpy().tolist() == plain.to_numpy().tolist()
    records = len(list(csv.reader(lines.splitlines(keepends=True))))
    assert frame.index.tolist() == [2 + records, 3 + records]
    assert "above the header left out" in frame.attrs["source"]
    with pytest.raises(BadInput, match=f"row {4 + records} has 3"):
        read_frame(text(tmp_path, lines + rows + "p3,f,50\n"))


def test_a_title_does_not_hide_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    frame = read_frame(text(tmp_path, "Träger; Stand 2024\nid;age;bmi;crp;ck\nP1;1,5;2,5;3,5;4,5\nP2;1,5;;3,5;9,5\n"))
    assert list(frame.columns) == ["id", "age", "bmi", "crp", "ck"]
    assert frame["ck"].tolist() == [4.5, 9.5]


@pytest.mark.parametrize(
    "content",
    [
        ",,x,,\n1,2,3,4,5\n",  # numbers are no names
        "a,,,,\np,2,3,4,5\n",
        "a,b,c,d\n1,2,3,4,5\n",  # a header that is one name short
        ",a\nx,y\n",
    ],
)
def test_a_header_that_lacks_names_is_no_title(tmp_path: Path, content: str) -> None:
    with pytest.raises(BadInput, match=r"no name for column|has 5"):
        read_frame(text(tmp_path, content))


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    write_frame(pd.DataFrame({"a": ["=1+1", "x"]}), tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["A2"].data_type == "s"
    assert read_frame(tmp_path / "a.xlsx")["a"].tolist() == ["=1+1", "x"]


def test_excel_holds_a_million_rows_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "_MAX_ROWS", 3)
    with pytest.raises(BadInput, match="at most 2 rows"):
        write_frame(pd.DataFrame({"a": [1, 2, 3]}), tmp_path / "a.xlsx")


@pytest.mark.parametrize("extension", ["dta", "sav"])
def test_value_labels_are_levels_and_column_labels_are_kept(tmp_path: Path, extension: str) -> None:
    raw = pd.DataFrame({"sex": [2.0, 1.0, np.nan], "pain": [0.0, 3.0, 10.0], "score": [1.5, 2.0, np.nan]})
    write = getattr(pyreadstat, f"write_{extension}")
    labels = {"sex": {1: "male", 2: "female"}, "pain": {0: "none", 10: "worst"}}
    path = tmp_path / f"a.{extension}"
    write(raw, str(path), column_labels=["Sex at birth", "Pain", ""], variable_value_labels=labels)
    frame = read_frame(path)
    assert frame["sex"].tolist()[:2] == ["female", "male"]
    assert frame["sex"].cat.categories.tolist() == ["male", "female"]
    assert frame["sex"].isna().tolist() == [False, False, True]
    assert frame["pain"].tolist() == [0.0, 3.0, 10.0]  # 3 has no label, so these are numbers
    assert frame.attrs["labels"] == {"sex": "Sex at birth", "pain": "Pain"}
    assert frame.index.tolist() == [1, 2, 3]


def test_two_codes_with_one_label_stay_codes(tmp_path: Path) -> None:
    raw = pd.DataFrame({"site": [1.0, 2.0, 3.0]})
    pyreadstat.write_sav(
        raw, str(tmp_path / "a.sav"), variable_value_labels={"site": {1: "north", 2: "north", 3: "south"}}
    )
    assert read_frame(tmp_path / "a.sav")["site"].tolist() == [1.0, 2.0, 3.0]


def test_user_missing_values_of_spss_are_missing(tmp_path: Path) -> None:
    raw = pd.DataFrame({"x": [1.0, 99.0, 3.0]})
    pyreadstat.write_sav(raw, str(tmp_path / "a.sav"), missing_ranges={"x": [99]})
    assert read_frame(tmp_path / "a.sav")["x"].isna().tolist() == [False, True, False]


def test_sas_transport(tmp_path: Path) -> None:
    raw = pd.DataFrame({"ID": ["a", "b"], "AGE": [50.5, np.nan], "SEEN": pd.to_datetime(["2020-01-02", "2021-03-04"])})
    pyreadstat.write_xport(raw, str(tmp_path / "a.xpt"), column_labels=["", "Age", ""])
    frame = read_frame(tmp_path / "a.xpt")
    assert frame["ID"].tolist() == ["a", "b"]
    assert frame["AGE"].isna().tolist() == [False, True]
    assert frame["SEEN"].tolist() == [pd.Timestamp("2020-01-02"), pd.Timestamp("2021-03-04")]
    assert frame.attrs["labels"] == {"AGE": "Age"}


def test_parquet_keeps_a_named_index_as_a_column_and_refuses_lists(tmp_path: Path) -> None:
    indexed = pd.DataFrame({"x": [1, 2]}, index=pd.Index(["p", "q"], name="patient"))
    indexed.to_parquet(tmp_path / "a.parquet")
    assert set(read_frame(tmp_path / "a.parquet").columns) == {"x", "patient"}
    pq.write_table(pa.table({"x": [[1], [2]]}), tmp_path / "b.parquet")
    with pytest.raises(BadInput, match="lists"):
        read_frame(tmp_path / "b.parquet")


def test_a_missing_reader_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtra, match=r"fewfold\[formats\]"):
        read_frame(text(tmp_path, "x", "a.xlsx"))


SCHEMA = Schema(
    variables=(
        Variable(name="number", kind="numeric"),
        Variable(name="whole", kind="integer"),
        Variable(name="event", kind="boolean", levels=(0, 1)),
        Variable(name="grade", kind="ordinal", levels=("low", "mid", "high")),
        Variable(name="stage", kind="ordinal", levels=(1, 2, 3)),
        Variable(name="flag", kind="boolean", levels=(False, True)),
        Variable(name="half", kind="ordinal", levels=(0.0, 0.5, 1.0)),
        Variable(name="seen", kind="datetime"),
        Variable(name="code", kind="categorical", role="ignore"),
    )
)
# Texts that are no number and no truth value: those come back as what they look like.
WORDS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=7).map("w".__add__)


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    n = draw(st.integers(1, 6))
    columns = {}
    for variable in SCHEMA.variables:
        if variable.levels:
            codes = draw(st.lists(st.integers(-1, len(variable.levels) - 1), min_size=n, max_size=n))
            dtype = pd.CategoricalDtype(list(variable.levels), ordered=variable.kind == "ordinal")
            columns[variable.name] = pd.Categorical.from_codes(codes, dtype=dtype)
        elif variable.kind == "datetime":
            days = draw(st.lists(st.none() | st.integers(-20_000, 40_000), min_size=n, max_size=n))
            columns[variable.name] = pd.to_datetime(days, unit="D").astype("datetime64[ns]")
        elif variable.role == "ignore":
            columns[variable.name] = draw(st.lists(st.none() | WORDS, min_size=n, max_size=n))
        else:
            values = (
                st.integers(-(2**40), 2**40).map(float)
                if variable.kind == "integer"
                else st.floats(-1e150, 1e150)  # what cannot be squared is refused
            )
            columns[variable.name] = np.array(draw(st.lists(st.just(np.nan) | values, min_size=n, max_size=n)))
    return Cohort.real(pd.DataFrame(columns).astype({"code": object}), SCHEMA)


@pytest.mark.parametrize("extension", sorted(WRITERS))
@settings(max_examples=15, deadline=None)
@given(cohort=cohorts())
def test_what_is_written_comes_back(tmp_path_factory: pytest.TempPathFactory, extension: str, cohort: Cohort) -> None:
    assume(extension != ".xlsx" or cohort.table.notna().any(axis=1).all())  # an empty row of a sheet is no patient
    path = tmp_path_factory.mktemp("round") / f"a{extension}"
    written = cohort.table
    write_frame(written, path)
    back = conform(read_frame(path), SCHEMA).table
    code = back.pop("code").astype(object)
    assert code.where(code.notna(), None).tolist() == written["code"].tolist()
    digits = {"rtol": 1e-15, "atol": 0.0} if extension == ".xlsx" else {"check_exact": True}
    pd.testing.assert_frame_equal(back, written.drop(columns="code"), **digits)


def test_whole_levels_with_missing_values_stay_whole_in_text(tmp_path: Path) -> None:
    column = pd.Categorical([0, 1, None], categories=[0, 1])
    write_frame(pd.DataFrame({"a": column, "b": [1, 2, 3]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "a,b\n0,1\n1,2\n,3\n"


@pytest.mark.parametrize(("extension", "value"), [("csv", "NA"), ("xlsx", "?"), ("dta", "")])
def test_a_level_that_would_be_read_as_missing_is_refused(tmp_path: Path, extension: str, value: str) -> None:
    for column in ([value, "x"], pd.Categorical([value, "x"])):
        with pytest.raises(BadInput, match="tell from a missing one"):
            write_frame(pd.DataFrame({"a": column}), tmp_path / f"a.{extension}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("extension", ["dta", "sav"])
def test_a_name_that_the_format_cannot_hold_is_refused(tmp_path: Path, extension: str) -> None:
    with pytest.raises(BadInput, match="a table that fits"):
        write_frame(pd.DataFrame({"a b!": [1.0]}), tmp_path / f"a.{extension}")
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_to(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(BadInput, match="No such file"):
        write_frame(frame, tmp_path / "absent" / "a.csv")
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(BadInput, match="directory"):
        write_frame(frame, tmp_path / "a.csv")
    with pytest.raises(BadInput, match=r"\.doc"):
        write_frame(frame, tmp_path / "a.doc")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


FULL = """
import resource, signal, sys
import numpy as np, pandas as pd
from fewfold.core.errors import BadInput
from fewfold.data.io.table import write_frame
frame = pd.DataFrame(np.random.default_rng(0).normal(size=(4000, 5)), columns=list("abcde"))
for extension in sys.argv[2:]:
    write_frame(frame.head(2), f"{sys.argv[1]}/a{extension}")  # imports done, an old file in place
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
for extension in sys.argv[2:]:
    try:
        write_frame(frame, f"{sys.argv[1]}/a{extension}")
    except BadInput as error:
        print(extension, error)
    else:
        print(extension, "was written")
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="the limit stands in for a full disk")
def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), *WRITERS], capture_output=True, text=True, check=True, timeout=60
    )
    told = run.stdout.splitlines()
    assert len(told) == len(WRITERS) and not any("was written" in line for line in told), run.stdout
    assert all("a place to write" in line for line in told), run.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"a{extension}" for extension in WRITERS)
    for extension in WRITERS:
        assert len(read_frame(tmp_path / f"a{extension}")) == 2


@pytest.mark.parametrize(("name", "text"), [("a.csv.gz", "x,y\n1,2\n"), ("a.TSV.GZ", "x\ty\n1\t2\n")])
def test_a_compressed_text_table_is_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(text.encode()))
    assert read_frame(tmp_path / name).to_dict("list") == {"x": [1], "y": [2]}


def test_a_compressed_table_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n")[:-6])
    with pytest.raises(BadInput, match="gzip"):
        read_frame(tmp_path / "a.csv.gz")
