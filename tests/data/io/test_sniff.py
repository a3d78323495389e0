from pathlib import Path

import pytest

from fewfold.core.errors import BadInput
from fewfold.data.io.sniff import decode, layout
from fewfold.data.io.table import read_frame

GERMAN = "Größe;Gewicht;Ort\n1,75;70,5;Köln\n1,80;;Jena\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_every_encoding_gives_the_same_table(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(GERMAN.encode(encoding))
    frame = read_frame(path)
    assert list(frame.columns) == ["Größe", "Gewicht", "Ort"]
    assert frame["Größe"].tolist() == [1.75, 1.8]
    assert frame["Gewicht"].isna().tolist() == [False, True]
    assert frame["Ort"].tolist() == ["Köln", "Jena"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found(delimiter: str) -> None:
    text = "\n".join(delimiter.join(row) for row in (["a", "b", "c"], ["1", "x y", "2.5"], ["2", "z", "3.5"]))
    assert layout(text).delimiter == delimiter


def test_a_delimiter_inside_quotes_does_not_count() -> None:
    found = layout('name;note\n"Doe, J";"a, b, c"\n"Roe, R";"d, e, f"\n')
    assert found.delimiter == ";"


@pytest.mark.parametrize(
    ("text", "decimal"),
    [("a;b\n1,5;2\n", ","), ("a;b\n1.5;2\n", "."), ("a;b\n1,5;2.5\n", "."), ("a,b\n1.5,2\n", "."), ("a;b\n1;2\n", ".")],
)
def test_the_decimal_mark_is_found(text: str, decimal: str) -> None:
    assert layout(text).decimal == decimal


def test_decimal_commas_in_quotes_are_left_to_the_parser_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"1,5",x\n"2,5",y\n')
    assert read_frame(path)["a"].tolist() == ["1,5", "2,5"]


def test_leading_zeros_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x,share\n007,1,0.5\n7,2,0\n")
    frame = read_frame(path)
    assert frame["id"].tolist() == ["007", "7"]
    assert frame["share"].tolist() == [0.5, 0.0]


def test_seventeen_digits_are_read_exactly(tmp_path: Path) -> None:
    values = [0.1 + 0.2, 1 / 3, 123456.78901234567, 1.7976931348623157e308, 5e-324]
    path = tmp_path / "a.csv"
    path.write_text("x\n" + "\n".join(map(repr, values)) + "\n")
    assert read_frame(path)["x"].tolist() == values


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"PK\x03\x04rest", "Excel"),
        (b"PAR1rest", "Parquet"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"a,b\n1,\x00\x01\x02", "binary"),
        (b"a,b\n\x81\x8d\x8f,2\n", "encoding"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        decode(raw, Path("a.csv"))
