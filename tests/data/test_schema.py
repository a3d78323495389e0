import pytest
from pydantic import ValidationError

from fewfold.core.errors import BadInput
from fewfold.data.schema import Rule, Schema, Variable

A = Variable(name="a", kind="numeric")
B = Variable(name="b", kind="boolean", levels=(0, 1), role="target", positive=1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "ordinal"}, "needs its levels"),
        ({"kind": "ordinal", "levels": ()}, "needs its levels"),
        ({"kind": "categorical", "levels": ("x", "x")}, "lists a level twice"),
        ({"kind": "boolean", "levels": (1, 2, 3)}, "has 3 levels"),
        ({"kind": "numeric", "low": 2, "high": 1}, "low 2.0 above high 1.0"),
        ({"kind": "boolean", "levels": (0, 1), "positive": 2}, "positive level 2"),
        ({"kind": "numeric", "positive": 2}, "positive level 2"),
        ({"kind": "number"}, "kind"),
        ({"kind": "numeric", "role": "outcome"}, "role"),
        ({"kind": "numeric", "units": "d"}, "units"),
        ({"kind": "numeric", "name": ""}, "name"),
    ],
)
def test_a_variable_that_contradicts_itself_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Variable.model_validate({"name": "x", **fields})


def test_levels_keep_their_types() -> None:
    levels = (1, "1", 1.0, True)
    kept = Variable(name="x", kind="categorical", levels=levels).levels or ()
    assert [type(level) for level in kept] == [int, str, float, bool]
    back = Variable.model_validate(Variable(name="x", kind="categorical", levels=levels).model_dump(mode="json"))
    assert [type(level) for level in back.levels or ()] == [int, str, float, bool]


def test_ignored_levels_are_not_needed() -> None:
    assert Variable(name="x", kind="categorical", role="ignore").levels is None


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ((A, A), "named twice: a"),
        ((B, B.model_copy(update={"name": "c"})), "only one variable can be the target; found b, c"),
        ((), "at least 1"),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(variables: tuple[Variable, ...], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Schema(variables=variables)


def test_roles() -> None:
    sensitive = Variable(name="sex", kind="boolean", levels=("f", "m"), role="sensitive")
    ignored = Variable(name="note", kind="categorical", role="ignore")
    schema = Schema(variables=(B, ignored, A, sensitive), rules=(Rule(name="r", require="a > 0"),))
    assert [v.name for v in schema.features] == ["a", "sex"]
    assert [v.name for v in schema.modelled] == ["a", "sex", "b"]
    assert schema.target == B and schema.role("site") is None
    changed = schema.with_variables([A.model_copy(update={"unit": "d"})])
    assert changed.names == schema.names and changed["a"].unit == "d" and changed.rules == schema.rules
    with pytest.raises(BadInput, match="'A'"):
        schema["A"]
