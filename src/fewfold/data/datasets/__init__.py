"""Data sets: ``load_*`` come with an installed package, ``fetch_*`` are published cohorts, ``make_*`` are simulated.

Nothing is downloaded before a ``fetch_*`` function is called. With the environment variable ``FEWFOLD_DATA`` naming a
folder that holds the published files, each as ``folder/file``, nothing is downloaded at all.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from fewfold.core.errors import BadInput
from fewfold.data.cohort import Cohort
from fewfold.data.datasets import (
    bccd,
    bmt,
    chase,
    chula,
    ct_lung,
    cxr,
    cystic_fibrosis,
    dmd,
    hcc,
    hippocampus,
    larynx,
    lung,
    pbc,
    shipped,
    tiny,
    worlds,
    worlds_clinical,
)
from fewfold.data.datasets.bccd import fetch_bccd
from fewfold.data.datasets.bmt import fetch_bmt
from fewfold.data.datasets.card import DataCard
from fewfold.data.datasets.chase import fetch_chase_db1
from fewfold.data.datasets.chula import fetch_chula_rbc12
from fewfold.data.datasets.ct_lung import fetch_ct_lung_patches
from fewfold.data.datasets.cxr import fetch_cxr_open
from fewfold.data.datasets.cystic_fibrosis import fetch_rhdnase_cf
from fewfold.data.datasets.dmd import fetch_dmd_carriers
from fewfold.data.datasets.hcc import fetch_hcc_survival
from fewfold.data.datasets.hippocampus import fetch_hippocampus_mri
from fewfold.data.datasets.larynx import fetch_larynx_kmsurv, load_larynx
from fewfold.data.datasets.lung import load_lung
from fewfold.data.datasets.pbc import fetch_pbc
from fewfold.data.datasets.shipped import load_g3, load_leukemia, load_lupus
from fewfold.data.datasets.tiny import fetch_cushings, fetch_fap_polyps
from fewfold.data.datasets.worlds import (
    World,
    make_clusters,
    make_interaction,
    make_linear,
    make_no_benefit,
    make_noise_labels,
    make_repeated,
)
from fewfold.data.datasets.worlds_clinical import make_classes, make_clinic, make_follow_up, make_score, make_visits

__all__ = [
    "DataCard",
    "World",
    "card",
    "fetch_bccd",
    "fetch_bmt",
    "fetch_chase_db1",
    "fetch_chula_rbc12",
    "fetch_ct_lung_patches",
    "fetch_cushings",
    "fetch_cxr_open",
    "fetch_dmd_carriers",
    "fetch_fap_polyps",
    "fetch_hcc_survival",
    "fetch_hippocampus_mri",
    "fetch_larynx_kmsurv",
    "fetch_pbc",
    "fetch_rhdnase_cf",
    "load",
    "load_g3",
    "load_larynx",
    "load_leukemia",
    "load_lung",
    "load_lupus",
    "make_classes",
    "make_clinic",
    "make_clusters",
    "make_follow_up",
    "make_interaction",
    "make_linear",
    "make_no_benefit",
    "make_noise_labels",
    "make_repeated",
    "make_score",
    "make_visits",
    "names",
]

_ALL: dict[str, tuple[DataCard, Callable[..., Cohort | World]]] = {
    entry[0].name: entry
    for entry in (
        (lung.CARD, load_lung),
        (larynx.CARD, load_larynx),
        (shipped.LUPUS, load_lupus),
        (shipped.LEUKEMIA, load_leukemia),
        (shipped.G3, load_g3),
        (pbc.CARD, fetch_pbc),
        (hcc.CARD, fetch_hcc_survival),
        (dmd.CARD, fetch_dmd_carriers),
        (cystic_fibrosis.CARD, fetch_rhdnase_cf),
        (bmt.CARD, fetch_bmt),
        (larynx.FETCHED, fetch_larynx_kmsurv),
        (tiny.CUSHINGS, fetch_cushings),
        (tiny.POLYPS, fetch_fap_polyps),
        (chula.CARD, fetch_chula_rbc12),
        (bccd.CARD, fetch_bccd),
        (chase.CARD, fetch_chase_db1),
        (hippocampus.CARD, fetch_hippocampus_mri),
        (ct_lung.CARD, fetch_ct_lung_patches),
        (cxr.CARD, fetch_cxr_open),
        (worlds.LINEAR, make_linear),
        (worlds.NO_BENEFIT, make_no_benefit),
        (worlds.NOISE_LABELS, make_noise_labels),
        (worlds.INTERACTION, make_interaction),
        (worlds.CLUSTERS, make_clusters),
        (worlds.REPEATED, make_repeated),
        (worlds_clinical.CLINIC, make_clinic),
        (worlds_clinical.VISITS, make_visits),
        (worlds_clinical.FOLLOW_UP, make_follow_up),
        (worlds_clinical.CLASSES, make_classes),
        (worlds_clinical.SCORE, make_score),
    )
}


def names() -> list[str]:
    """All names: what is installed, what is fetched, what is simulated."""
    return list(_ALL)


def card(name: str) -> DataCard:
    """The card of a data set."""
    return _entry(name)[0]


def load(name: str, **options: Any) -> Cohort:
    """The cohort called ``name``. Simulated ones take options: ``load("linear", n=60, rng=0)``."""
    made = _entry(name)[1](**options)
    return made.cohort if isinstance(made, World) else made


def _entry(name: str) -> tuple[DataCard, Callable[..., Cohort | World]]:
    if name not in _ALL:
        raise BadInput(
            expected="the name of a data set",
            found=repr(name),
            fix=f"Did you mean: {', '.join(get_close_matches(name, _ALL, n=3) or _ALL)}? `fewfold datasets` lists all.",
        )
    return _ALL[name]
