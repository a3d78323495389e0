"""What identifies a cohort: a hash of all its values."""

from __future__ import annotations

import hashlib

import pandas as pd

from fewfold.data.cohort import Cohort

_SALT = b"fewfold data of a study"


def data_hash(cohort: Cohort) -> str:
    """SHA-256 of all values, the same wherever it is computed: it shows that two studies had one table.

    The salt is public. It keeps the hash from being that of a file; it does not keep who has a table, or can guess all
    of it, from telling whether it is this one.
    """
    digest = hashlib.sha256(_SALT)
    for column in cohort.table.columns:
        digest.update(column.encode())
        digest.update(pd.util.hash_pandas_object(cohort.table[column].astype(str), index=True).to_numpy().tobytes())
    for name, block in cohort.blocks.items():
        digest.update(f"{name} {block.digest()}".encode())
    return digest.hexdigest()
