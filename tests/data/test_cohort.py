import pickle
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.blocks.image import Image
from fewfold.data.blocks.images import Images
from fewfold.data.cohort import Cohort, order_of_levels, table_from
from fewfold.data.provenance import HOLDOUT, Provenance, Record
from fewfold.data.schema import Schema, Variable

SCHEMA = Schema(
    variables=(
        Variable(name="id", kind="integer", role="subject"),
        Variable(name="x", kind="numeric"),
        Variable(name="grade", kind="ordinal", levels=("low", "mid", "high")),
        Variable(name="seen", kind="datetime"),
        Variable(name="y", kind="boolean", role="target", levels=("yes", "no"), positive="yes"),
    )
)


class Names:
    """A block of names."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def __len__(self) -> int:
        return len(self.names)

    def take(self, rows: object) -> "Names":
        return Names([self.names[i] for i in np.asarray(rows)])

    def concat(self, others: list["Names"]) -> "Names":
        return Names([*self.names, *(name for other in others for name in other.names)])

    def digest(self) -> str:
        return "".join(self.names)


def small() -> Cohort:
    table = pd.DataFrame(
        {
            "id": [7, 7, 9],
            "x": [0.5, np.nan, 2.0],
            "grade": pd.Categorical(["mid", None, "low"], ["low", "mid", "high"], ordered=True),
            "seen": pd.to_datetime(["1970-01-03 12:00", "1969-12-31 00:00", None]),
            "y": pd.Categorical(["no", "yes", "no"], ["yes", "no"]),
        },
        index=[4, 5, 6],
    )
    return Cohort.real(table, SCHEMA)


def test_views_as_numbers() -> None:
    cohort = small()
    np.testing.assert_array_equal(cohort.matrix, [[0.5, 1, 2.5], [np.nan, np.nan, -1], [2, 0, np.nan]])
    assert cohort.y.tolist() == [0, 1, 0]  # the positive level is 1, though it is named first
    np.testing.assert_array_equal(cohort.modelled, np.column_stack([cohort.matrix, cohort.y]))
    assert cohort.subjects.tolist() == [0, 0, 1] and cohort.n_subjects == 2 and cohort.sites is None
    assert cohort.class_counts == {"yes": 1, "no": 2} and cohort.task == "binary"
    assert order_of_levels(SCHEMA["y"]) == ("no", "yes")


def test_table_from_is_the_inverse_of_modelled(cohort: Cohort) -> None:
    back = pd.DataFrame(table_from(cohort.modelled, cohort.schema.modelled))
    for variable in cohort.schema.modelled:
        pd.testing.assert_series_equal(back[variable.name], cohort.table[variable.name])


def test_rows_are_patients_where_no_column_says_otherwise() -> None:
    frame = pd.DataFrame({"x": [1.0, 1.0]})
    cohort = Cohort.real(frame, Schema(variables=(Variable(name="x", kind="numeric"),)))
    assert cohort.subjects.tolist() == [0, 1] and cohort.task == "none" and cohort.class_counts == {}
    with pytest.raises(BadInput, match="with a target"):
        _ = cohort.y


@pytest.mark.parametrize("viewed", [False, True])
def test_take_keeps_labels_blocks_and_views(viewed: bool) -> None:
    whole = small()
    cohort = Cohort(whole.table, whole.schema, whole.provenance, MappingProxyType({"names": Names(["a", "b", "c"])}))
    if viewed:
        _ = cohort.matrix, cohort.modelled, cohort.y, cohort.subjects, cohort.sites
    taken = cohort.take(np.array([2, 0]))
    fresh = Cohort(taken.table, taken.schema, taken.provenance)
    assert taken.table.index.tolist() == [2, 0]
    np.testing.assert_array_equal(taken.matrix, fresh.matrix)
    np.testing.assert_array_equal(taken.y, fresh.y)
    assert taken.n_subjects == fresh.n_subjects == 2 and taken.sites is None
    names = taken.blocks["names"]
    assert isinstance(names, Names) and names.names == ["c", "a"]


def test_concat_numbers_rows_afresh_only_where_labels_repeat() -> None:
    cohort = small()
    made = Cohort(cohort.table, SCHEMA, Provenance.synthetic(3, Record("m", "1")))
    both = Cohort.concat([cohort, made])
    assert both.table.index.tolist() == list(range(6))
    assert both.provenance.is_synthetic.tolist() == [False] * 3 + [True] * 3
    assert not Cohort.concat([cohort.with_block("names", Names(["a", "b", "c"])), made]).blocks
    parts = Cohort.concat([cohort.take(np.array([2])), cohort.take(np.array([0]))])
    assert parts.table.index.tolist() == [2, 0]
    with pytest.raises(BadInput, match="same columns"):
        Cohort.concat(
            [cohort, Cohort.real(pd.DataFrame({"z": [1.0]}), Schema(variables=(Variable(name="z", kind="numeric"),)))]
        )


def test_changes_give_a_new_cohort() -> None:
    cohort = small()
    assert cohort.as_part("holdout").provenance.part.tolist() == [HOLDOUT] * 3
    assert cohort.with_column("x", [1.0, 2.0, 3.0]).matrix[:, 0].tolist() == [1, 2, 3]
    assert cohort.provenance.part.tolist() == [0] * 3 and cohort.table["x"][0] == 0.5


def test_parts_that_do_not_fit_are_refused() -> None:
    cohort = small()
    with pytest.raises(BadInput, match="the columns id, x, grade, seen, y"):
        Cohort.real(cohort.table.drop(columns="x"), SCHEMA)
    with pytest.raises(ValueError, match="one entry a row"):
        Cohort(cohort.table, SCHEMA, Provenance.real(2))
    with pytest.raises(ValueError, match="'names' has 1 entries for 3 rows"):
        Cohort(cohort.table, SCHEMA, cohort.provenance, {"names": Names(["a"])})


def test_a_cohort_can_be_sent_to_another_process() -> None:
    cohort = small()
    cohort.y  # noqa: B018 - what was computed goes along
    again = pickle.loads(pickle.dumps(cohort))
    pd.testing.assert_frame_equal(again.table, cohort.table)
    assert again.schema == cohort.schema
    assert np.array_equal(again.provenance.record, cohort.provenance.record)
    assert np.array_equal(again.y, cohort.y)
    with pytest.raises(TypeError):
        again.blocks["images"] = None


def test_a_cohort_is_told_in_a_line_and_shows_no_value(cohort: Cohort) -> None:
    pixels = np.full((4, 4), 255, np.uint8)
    told = repr(cohort.with_block("image", Images.of([Image(pixels)] * len(cohort))))
    assert f"{len(cohort)} rows" in told and f"block image: {len(cohort)} entries" in told
    assert len(told) < 150 and "255" not in told
