"""Packs are read, written for the columns of a table, and kept by real patients."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.infer import infer_schema
from fewfold.data.io.table import read_frame
from fewfold.data.rules import check_rules, judge, violations
from fewfold.data.rules.packs import Proposal, apply_pack, pack_lines, packs, propose_packs, tried
from fewfold.data.schema import Schema, Variable
from fewfold.data.schema_toml import dump_variables, parse_variables

NAMES = ("alsfrs_r", "chemistry", "duchenne_carriers", "haematology", "pbc", "spirometry")


def named(**columns: str | None) -> Schema:
    """Numeric columns with their units."""
    return Schema(variables=tuple(Variable(name=name, kind="numeric", unit=unit) for name, unit in columns.items()))


def row(schema: Schema, **values: float) -> Cohort:
    return Cohort.real(pd.DataFrame({name: [float(values[name])] for name in schema.names}), schema)


def broken(pack: str, schema: Schema, columns: dict[str, str], **values: float) -> set[str]:
    """The hard rules that one record breaks."""
    ruled = schema.model_copy(update={"rules": apply_pack(pack, schema, columns).rules})
    found = violations(row(ruled, **values))
    return set(found.columns[found.iloc[0]])


def test_the_packs_are_there() -> None:
    assert tuple(packs()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_can_be_read_and_has_a_source(name: str) -> None:
    pack = packs()[name]
    variables = [Variable(name=key, kind="numeric", unit=known.unit) for key, known in pack.variables.items()]
    ends = [Variable(name="id", kind="integer", role="subject"), Variable(name="t", kind="numeric", role="visit_time")]
    variables = [v for v in variables if v.name != "sex"]
    sex = Variable(name="sex", kind="boolean", levels=("f", "m"))
    schema = Schema(variables=(*variables, sex, *ends))
    proposal = apply_pack(name, schema, {key: key for key in pack.variables})
    assert not proposal.left_out
    expected = sum(len(rule.each) or 1 for rule in pack.rules) + len(pack.intervals)
    assert len(proposal.rules) == expected
    assert all(rule.source for rule in proposal.rules)
    assert len({rule.name for rule in proposal.rules}) == expected
    check_rules(schema.model_copy(update={"rules": proposal.rules}))
    aliases = [alias for key, known in pack.variables.items() for alias in (key, *known.aliases)]
    assert len(set(aliases)) == len(aliases)
    assert set(pack.needs) <= pack.variables.keys()


def test_identities_by_hand() -> None:
    schema = named(hb="g/L", hct="%", rbc="10*12/L", mcv="fL", mch="pg", mchc="g/dL")
    columns = {
        "haemoglobin": "hb",
        "haematocrit": "hct",
        "erythrocytes": "rbc",
        "mcv": "mcv",
        "mch": "mch",
        "mchc": "mchc",
    }
    good = {"hb": 150, "hct": 45, "rbc": 5, "mcv": 90, "mch": 30, "mchc": 33.3}
    assert not broken("haematology", schema, columns, **good)
    assert broken("haematology", schema, columns, **{**good, "mcv": 80}) == {"MCV is haematocrit over red cells"}
    wrong = broken("haematology", schema, columns, **{**good, "hb": 120})
    assert wrong == {"MCH is haemoglobin over red cells", "MCHC is haemoglobin over haematocrit"}


def test_mass_and_substance_are_converted() -> None:
    schema = named(total="umol/L", direct="mg/dL")
    columns = {"bilirubin": "total", "direct_bilirubin": "direct"}
    assert not broken("chemistry", schema, columns, total=17.1, direct=1.0)  # 1 mg/dL is 17.1 umol/L
    assert broken("chemistry", schema, columns, total=17.1, direct=1.2) == {"direct bilirubin is bilirubin"}


def test_units_that_do_not_fit_are_told() -> None:
    schema = named(albumin="U/L", tp="g/L")
    proposal = apply_pack("chemistry", schema, {"albumin": "albumin", "total_protein": "tp"})
    assert [rule.name for rule in proposal.rules] == ["total protein of the living"]
    assert proposal.rules[0].units == {"tp": "g/dL"}
    assert all("one quantity" in reason for _, reason in proposal.left_out)


def test_intervals_by_age_and_sex() -> None:
    schema = Schema(
        variables=(
            *named(age=None, hb="g/dL").variables,
            Variable(name="sex", kind="boolean", levels=("Male", "Female")),
        )
    )
    rules = apply_pack("haematology", schema, {"age": "age", "haemoglobin": "hb", "sex": "sex"}).rules
    table = pd.DataFrame({"age": [30.0, 30, 10], "hb": [12.0, 12.0, 12.0]})
    table["sex"] = pd.Categorical(["Female", "Male", "Female"], categories=["Male", "Female"])
    women, men = (judge(rule, Cohort.real(table, schema)) for rule in rules if rule.severity == "soft")
    assert (women.judged.tolist(), women.met.tolist()) == ([True, False, False], [True, False, False])
    assert (men.judged.tolist(), men.met.tolist()) == ([False, True, False], [False, False, False])


def test_a_pack_that_is_not_there() -> None:
    with pytest.raises(BadInput, match="pbc"):
        apply_pack("pcb", named(a=None), {})
    with pytest.raises(BadInput, match="'bilrubin'"):
        apply_pack("pbc", named(a=None), {"bilrubin": "a"})
    with pytest.raises(BadInput, match="'b'"):
        apply_pack("pbc", named(a=None), {"bilirubin": "b"})


def test_what_is_proposed_is_written_out_and_comes_back() -> None:
    schema = named(**{"Serum Albumin (g)": "g/L", "Total protein": None, "alk phos": "U/L", "age": None})
    proposals = propose_packs(schema)
    assert [p.name for p in proposals] == ["chemistry"]
    assert proposals[0].columns["total_protein"] == "Total protein"
    text = dump_variables(schema) + "\n".join(pack_lines(proposals))
    assert parse_variables(tomllib.loads(text)).rules == proposals[0].rules
    assert "# Units not declared above, so taken to be: age in a, Total protein in g/dL" in text


def test_two_columns_of_one_name_are_not_guessed() -> None:
    assert not propose_packs(named(Albumin=None, albumin=None))


def proposed(path: Path, **roles: str) -> tuple[Cohort, list[Proposal]]:
    frame = read_frame(path)
    schema = infer_schema(frame, **roles).schema
    if "day" in frame:
        schema = schema.with_variables([schema["day"].model_copy(update={"role": "visit_time"})])
    cohort = conform(frame, schema, several_classes=True)
    return cohort, propose_packs(schema, cohort)


@pytest.mark.parametrize(
    ("file", "subject", "pack", "least"),
    [
        ("pbc/pbc.csv", None, "pbc", 12),
        ("pbc/pbcseq.csv", "id", "pbc", 12),
        ("dmd_carriers/dystrophy.csv", "HospID", "duchenne_carriers", 7),
        ("rhdnase_cf/rhDNase.csv", "id", "spirometry", 1),
    ],
)
def test_real_patients_keep_the_packs(shared_data: Path, file: str, subject: str | None, pack: str, least: int) -> None:
    cohort, proposals = proposed(shared_data / file, **({"subject": subject} if subject else {}))
    found = next(p for p in proposals if p.name == pack)
    assert len(found.rules) >= least
    assert not [reason for p in proposals for _, reason in p.left_out if "records break it" in reason]
    for rule in (rule for p in proposals for rule in p.rules):
        judged = judge(rule, cohort)
        assert judged.judged.any()
        assert rule.severity == "soft" or not judged.broken.any()


def test_errors_in_real_rows_are_told_and_their_rules_do_not_act(shared_data: Path) -> None:
    """Total protein in g/L among g/dL, counts per uL among thousands, direct above total bilirubin."""
    cohort, proposals = proposed(shared_data / "hcc_survival" / "hcc.csv", target="survival")
    left = {rule.name: reason for p in proposals for rule, reason in p.left_out}
    assert left["total protein of the living"].startswith(f"{int((cohort.table['TP'] > 20).sum())} of 154 records")
    assert "another unit" in left["platelets of the living"]
    ill = cohort.table["Dir_Bil"] > cohort.table["Total_Bil"] + 0.1
    assert left["direct bilirubin is bilirubin"].startswith(f"{int(ill.sum())} of 121 records")


def test_percents_of_predicted_are_no_litres(shared_data: Path) -> None:
    cohort, _ = proposed(shared_data / "rhdnase_cf" / "cystfibr.csv")
    columns = {"fev1": "fev1", "rv": "rv", "frc": "frc", "tlc": "tlc"}
    found = tried(apply_pack("spirometry", cohort.schema, columns), cohort)
    assert not found.rules
    assert all("another unit" in reason for _, reason in found.left_out)


def test_the_rates_of_the_als_pack_are_exact_intervals() -> None:
    rates = {rule.name: rule.rate for rule in packs()["alsfrs_r"].rules}
    for name, hits, n in (("six", 783, 3132), ("twelve", 337, 2105)):
        exact = binomtest(hits, n).proportion_ci(method="exact")
        assert rates[f"no decline over {name} months"] == pytest.approx((exact.low, exact.high), abs=0.001)


def test_an_als_cohort() -> None:
    rng = np.random.default_rng(0)
    patients, days = 400, np.array([0.0, 180.0, 365.0])
    start, slope = (
        rng.integers(30, 45, patients),
        np.where(rng.random(patients) < 0.25, 0, -rng.uniform(1, 10, patients)),
    )
    score = np.round(np.clip(start[:, None] + np.minimum(slope, 0)[:, None] * days / 180, 0, 48))
    table = pd.DataFrame({"id": np.repeat(np.arange(patients), 3), "day": np.tile(days, patients)})
    table["ALSFRS_R_Total"] = score.ravel()
    variables = (
        Variable(name="id", kind="integer", role="subject"),
        Variable(name="day", kind="numeric", role="visit_time", unit="d"),
        Variable(name="ALSFRS_R_Total", kind="integer"),
    )
    cohort = Cohort.real(table, Schema(variables=variables))
    (found,) = propose_packs(cohort.schema, cohort)
    rates = {rule.name: judge(rule, cohort) for rule in found.rules}
    assert len(rates) == 4
    half_year = rates["no decline over six months"]
    assert half_year.judged.sum() == patients
    assert half_year.rate == pytest.approx(np.mean(score[:, 1] >= score[:, 0]))
