import tomllib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fewfold.core.errors import BadInput
from fewfold.data.infer import Note
from fewfold.data.schema import Rule, Schema, Variable
from fewfold.data.schema_toml import dump_variables, parse_variables

TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=6)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
LEVELS = st.lists(
    st.booleans() | st.integers(-(2**70), 2**70) | NUMBERS | TEXT,
    min_size=1,
    max_size=4,
    unique_by=lambda v: (type(v), v),
).map(tuple)


@st.composite
def variables(draw: st.DrawFn, name: str) -> Variable:
    kind = draw(st.sampled_from(["numeric", "integer", "ordinal", "categorical", "datetime", "duration"]))
    levels = draw(LEVELS) if kind in ("ordinal", "categorical") else None
    low, high = sorted([draw(NUMBERS), draw(NUMBERS)])
    return Variable(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        role=draw(st.sampled_from(["feature", "sensitive", "ignore", "event"])),  # type: ignore[arg-type]
        unit=draw(st.none() | TEXT),
        low=draw(st.sampled_from([None, low])),
        high=draw(st.sampled_from([None, high])),
        levels=levels,
        positive=draw(st.none() | st.sampled_from(levels)) if levels else None,
        label=draw(st.none() | TEXT),
    )


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    names = draw(st.lists(TEXT, min_size=1, max_size=4, unique=True))
    share = st.floats(0, 0.5)
    rule = st.builds(
        Rule,
        name=TEXT,
        require=TEXT,
        when=st.none() | TEXT,
        severity=st.just("soft"),
        tolerance=st.none() | st.floats(0, 1e9),
        units=st.dictionaries(TEXT, TEXT, max_size=2),
        rate=st.none() | st.tuples(share, share.map(lambda v: v + 0.5)),
        source=st.none() | TEXT,
    )
    rules = draw(st.lists(rule, max_size=2))
    return Schema(variables=tuple(draw(variables(name)) for name in names), rules=tuple(rules))


@settings(max_examples=60, deadline=None)
@given(schema=schemas(), note=TEXT)
def test_the_round_trip_is_exact(schema: Schema, note: str) -> None:
    notes = [Note(schema.names[0], note), Note(None, note)]
    back = parse_variables(tomllib.loads(dump_variables(schema, notes)))
    assert back == schema
    assert [[type(level) for level in v.levels or ()] for v in back.variables] == [
        [type(level) for level in v.levels or ()] for v in schema.variables
    ]


def test_what_a_person_reads() -> None:
    frame = pd.DataFrame(
        {
            "bili": [0.5, np.nan, 28.0, 1, 2, 3, 4, 5],
            "sex": ["f", "m", "f", "f", None, "f", "f", "f"],
            "seen": ["2020-01-02", *[f"2021-01-0{i}" for i in range(1, 8)]],
            "text": [f"word {i}" for i in range(8)],
            "none": [None] * 8,
        }
    )
    schema = Schema(
        variables=(
            Variable(name="bili", kind="numeric", low=0, unit="mg/dL"),
            Variable(name="sex", kind="boolean", levels=("f", "m"), role="sensitive"),
            Variable(name="seen", kind="datetime"),
            Variable(name="text", kind="categorical", role="ignore"),
            Variable(name="none", kind="categorical", role="ignore"),
        ),
        rules=(Rule(name="r", require="bili > 0", severity="soft"),),
    )
    text = dump_variables(schema, [Note("none", "ignored: no value"), Note(None, "read as CSV")], frame)
    assert '# 1 of 8 missing; 0.5 to 28, 7 different values\n[variables."bili"]\nkind = "numeric"\n' in text
    assert 'unit = "mg/dL"\nlow = 0\n\n' in text
    assert "# 1 of 8 missing; f (6), m (1)\n" in text
    assert "# none missing; 2020-01-02 to 2021-01-07, 8 different values\n" in text
    assert "# none missing; 8 different values, such as word 0\n" in text
    assert '# all missing\n# ignored: no value\n[variables."none"]\nkind = "categorical"\nrole = "ignore"\n' in text
    assert '[[rules]]\nname = "r"\nrequire = "bili > 0"\nseverity = "soft"\n' in text
    assert text.index("# read as CSV") < text.index("[variables")
    assert "visit_time" in text.split("[variables")[0]
    assert parse_variables(tomllib.loads(text)) == schema


def test_other_parts_of_the_file_are_not_looked_at() -> None:
    schema = Schema(variables=(Variable(name="a", kind="numeric"),))
    assert parse_variables({"study": {"arms": 3}, **tomllib.loads(dump_variables(schema))}) == schema


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("", "Found none"),
        ("variables = 3", "Found 3"),
        ("[variables]\na = 3", "the fields of variable 'a'. Found 3"),
        ("[variables.a]\nrole = 'feature'", "a kind of variable 'a': one of boolean"),
        ("[variables.a]\nkind = 'numerical'", "Found 'numerical'. Did you mean 'numeric'"),
        ("[variables.a]\nkind = 3", "a kind of variable 'a'"),
        ("[variables.a]\nkind = 'numeric'\nrole = 'tarjet'", "Found 'tarjet'. Did you mean 'target'"),
        ("[variables.a]\nkind = 'numeric'\nlevel = [1]", "a field of variable 'a'"),
        ("[variables.a]\nkind = 'numeric'\nlevel = [1]", "Did you mean 'levels'"),
        ("[variables.a]\nkind = 'numeric'\nname = 'b'", "Found 'name'"),
        ("[variables.a]\nkind = 'numeric'\nlow = 'x'", "fields in variable 'a'. Found low = 'x'"),
        ("[variables.a]\nkind = 'numeric'\nlow = 3\nhigh = 2", "low 3.0 above high 2.0"),
        ("[variables.a]\nkind = 'ordinal'", "needs its levels"),
        ("[variables.a]\nkind = 'ordinal'\nlevels = 3", "Found levels = 3"),
        ("[variables.a]\nkind = 'ordinal'\nlevels = [[1]]", "fields in variable 'a'"),
        ("[variables.a]\nkind = 'ordinal'\nlevels = ['x', 'x']", "lists a level twice"),
        (
            "[variables.a]\nkind='numeric'\nrole='target'\n[variables.b]\nkind='numeric'\nrole='target'",
            "only one variable can be the target; found a, b",
        ),
        ("rules = 3\n[variables.a]\nkind = 'numeric'", "entries. Found 3"),
        ("[variables.a]\nkind = 'numeric'\n[[rules]]\nname = 'r'", "fields in rule 1"),
        ("[variables.a]\nkind = 'numeric'\n[[rules]]\nrequires = 'r'", "Did you mean 'require'"),
        ("[variables.a]\nkind='numeric'\n[[rules]]\nname='r'\nrequire='a>0'\nseverity='x'", "Found severity = 'x'"),
        ("[variables.a]\nkind='numeric'\n[[rules]]\nname='r'\nrequire='a>0'\nrate=[0, 1]", "must be soft"),
        ("[variables.a]\nkind='numeric'\n[[rules]]\nname='r'\nrequire='a>0'\ntolerance=-1", "tolerance = -1"),
        (
            "[variables.a]\nkind='numeric'\n[[rules]]\nname='r'\nrequire='a>0'\nseverity='soft'\nrate=[2, 1]",
            "the smaller first",
        ),
    ],
)
def test_what_cannot_be_a_schema_is_named(toml: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_variables(tomllib.loads(toml))
    assert words in str(caught.value)
    assert "pydantic" not in str(caught.value)
