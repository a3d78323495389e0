"""Hepatocellular carcinoma at the hospital of Coimbra."""

from __future__ import annotations

from fewfold.data.cohort import Cohort
from fewfold.data.conform import conform
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.download import Origin, obtain
from fewfold.data.datasets.variables import flag, graded, number, outcome, whole
from fewfold.data.schema import Schema

CARD = DataCard(
    name="hcc_survival",
    title="Hepatocellular carcinoma, Coimbra",
    kind="fetch",
    disease="hepatocellular carcinoma",
    n=165,
    task="binary",
    outcome="death within a year (63)",
    traps="49 variables, about a tenth of the values missing. Leucocytes, platelets and total protein mix two units "
    "(5.1 beside 5100); they are given as published, without a unit.",
    licence="CC-BY-4.0",
    citation="Santos et al., J Biomed Inform 2015;58:49",
    doi=("10.1016/j.jbi.2015.09.012", "10.24432/C5TS4S"),
    source="UCI machine learning repository, HCC Survival",
)
ORIGIN = Origin(
    path="hcc_survival/hcc.csv",
    sha256="27396d8ca0a306542bda23b52328f7df96ed64d5caa0650a130462bb01330516",
    content="dd33b5f0e3f995535e8f1b6f3c7ced79f6d6bc7b4023c81396b32dc3ad83c667",
    url="https://raw.githubusercontent.com/davidechicco/hepatocellular_carcinoma/"
    "20a372759892153d6948c084e2f1c5ce79886591/CODE_submission/Data.csv",
    missing=-1,
)
SCHEMA = Schema(
    variables=(
        flag("Gender", "sex: 1 male", role="sensitive"),
        flag("Symptoms", "symptoms"),
        flag("Alcohol", "alcohol"),
        flag("HBsAg", "hepatitis B surface antigen"),
        flag("HBeAg", "hepatitis B e antigen"),
        flag("HBcAb", "hepatitis B core antibody"),
        flag("HCVAb", "hepatitis C antibody"),
        flag("Cirrhosis", "cirrhosis"),
        flag("Endemic", "from an endemic country"),
        flag("Smoking", "smoking"),
        flag("Diabetes", "diabetes"),
        flag("Obesity", "obesity"),
        flag("Hemochro", "haemochromatosis"),
        flag("AHT", "arterial hypertension"),
        flag("CRI", "chronic renal insufficiency"),
        flag("HIV", "human immunodeficiency virus"),
        flag("NASH", "non-alcoholic steatohepatitis"),
        flag("Varices", "oesophageal varices"),
        flag("Spleno", "splenomegaly"),
        flag("PHT", "portal hypertension"),
        flag("PVT", "portal vein thrombosis"),
        flag("Metastasis", "liver metastasis"),
        flag("Hallmark", "radiological hallmark"),
        whole("Age", "age at diagnosis", "a"),
        number("Grams_day", "alcohol a day", "g/d"),
        number("Packs_year", "pack-years of cigarettes"),
        graded("PS", "performance status", (0, 1, 2, 3, 4)),
        graded("Encephalopathy", "encephalopathy: 1 none, 2 grade I or II, 3 grade III or IV", (1, 2, 3)),
        graded("Ascites", "ascites: 1 none, 2 mild, 3 moderate or severe", (1, 2, 3)),
        number("INR", "international normalised ratio"),
        number("AFP", "alpha-fetoprotein", "ng/mL"),
        number("Hemoglobin", "haemoglobin", "g/dL"),
        number("MCV", "mean corpuscular volume", "fL"),
        number("Leucocytes", "leucocytes, units mixed"),
        number("Platelets", "platelets, units mixed"),
        number("Albumin", "albumin", "g/dL"),
        number("Total_Bil", "total bilirubin", "mg/dL"),
        number("ALT", "alanine aminotransferase", "U/L"),
        number("AST", "aspartate aminotransferase", "U/L"),
        number("GGT", "gamma glutamyl transferase", "U/L"),
        number("ALP", "alkaline phosphatase", "U/L"),
        number("TP", "total protein, units mixed"),
        number("Creatinine", "creatinine", "mg/dL"),
        graded("Nodule", "number of nodules, 5 for more", (0, 1, 2, 3, 4, 5)),
        number("Major_Dim", "largest diameter of a nodule", "cm"),
        number("Dir_Bil", "direct bilirubin", "mg/dL"),
        number("Iron", "iron", "ug/dL"),
        number("Sat", "oxygen saturation", "%"),
        number("Ferritin", "ferritin", "ng/mL"),
        outcome("death_1y", "death within a year"),
    )
)


def fetch_hcc_survival() -> Cohort:
    """165 patients: death within a year. The published column ``survival`` is 1 for alive. See ``CARD``."""
    frame = obtain(ORIGIN)
    return conform(frame.assign(death_1y=1 - frame["survival"]).drop(columns="survival"), SCHEMA)
