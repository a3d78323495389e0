"""Other tools' synthetic rows, run by another interpreter: for each line that it reads, ``[tool, folder, target, n,
seed]`` as JSON, it fits the tool on ``train.csv`` of the folder, writes ``made.csv`` and prints one line of JSON."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
Fit = Callable[[pd.DataFrame, str, int], Callable[[int], pd.DataFrame]]


def _seed(seed: int) -> None:
    np.random.seed(seed)  # noqa: NPY002 - what these tools listen to
    with contextlib.suppress(ImportError):
        import torch

        torch.manual_seed(seed)
        torch.set_num_threads(1)


def _metadata(train: pd.DataFrame) -> object:
    from sdv.metadata import Metadata

    metadata = Metadata()
    metadata.add_table("t")
    for name, column in train.items():
        metadata.add_column(name, "t", sdtype="categorical" if column.dtype == object else "numerical")
    return metadata


def _sdv(name: str, **settings: object) -> Fit:
    def fit(train: pd.DataFrame, target: str, seed: int) -> Callable[[int], pd.DataFrame]:
        import sdv.single_table as sdv

        kind = getattr(sdv, name)(_metadata(train), **settings)
        kind.fit({"t": train})
        return lambda n: kind.sample(n)["t"]

    return fit


def copula_by_class(train: pd.DataFrame, target: str, seed: int) -> Callable[[int], pd.DataFrame]:
    fitted = {level: _sdv("GaussianCopulaSynthesizer")(rows, target, seed) for level, rows in train.groupby(target)}
    share = train[target].value_counts(normalize=True)

    def sample(n: int) -> pd.DataFrame:
        return pd.concat([draw(max(1, round(n * share[level]))) for level, draw in fitted.items()], ignore_index=True)

    return sample


def arfpy(train: pd.DataFrame, target: str, seed: int) -> Callable[[int], pd.DataFrame]:
    from arfpy import arf

    filled = _filled(train)
    model = arf.arf(x=filled, num_trees=30, verbose=False, random_state=seed)
    model.forde()
    return model.forge


def forest_diffusion(train: pd.DataFrame, target: str, seed: int) -> Callable[[int], pd.DataFrame]:
    from ForestDiffusion import ForestDiffusionModel

    columns, levels = list(train), {}
    coded = train.copy()
    for name in columns:
        if train[name].dtype == object:
            coded[name] = train[name].astype("category")
            levels[name] = list(coded[name].cat.categories)
            coded[name] = coded[name].cat.codes.replace(-1, np.nan).astype(float)
    features = [name for name in columns if name != target]
    nominal = [k for k, name in enumerate(features) if len(levels.get(name, ())) > 2]
    binary = [k for k, name in enumerate(features) if len(levels.get(name, ())) == 2]
    model = ForestDiffusionModel(
        coded[features].to_numpy(float), label_y=coded[target].to_numpy(int), n_t=20, duplicate_K=50, n_jobs=1,
        bin_indexes=binary, cat_indexes=nominal, int_indexes=[], seed=seed,
    )  # fmt: skip

    def sample(n: int) -> pd.DataFrame:
        made = pd.DataFrame(model.generate(batch_size=n), columns=[*features, target])
        for name, known in levels.items():
            codes = made[name].round().clip(0, len(known) - 1)
            made[name] = [known[int(code)] if np.isfinite(code) else None for code in codes]
        return made[columns]

    return sample


def pgmpy_network(train: pd.DataFrame, target: str, seed: int) -> Callable[[int], pd.DataFrame]:
    """Numbers in quarters, a gap as a level of its own; within a quarter every value is as likely."""
    from pgmpy.estimators import HillClimbSearch
    from pgmpy.models import DiscreteBayesianNetwork
    from pgmpy.parameter_estimator import DiscreteBayesianEstimator

    edges, coded = {}, train.astype(object).where(train.notna(), "gap").astype(str)
    for name in train:
        if train[name].dtype != object:
            edges[name] = np.unique(np.nanquantile(train[name], [0, 0.25, 0.5, 0.75, 1]))
            place = np.searchsorted(edges[name][1:-1], train[name], side="right")
            coded[name] = np.where(train[name].isna(), "gap", place.astype(str))
    found = HillClimbSearch(coded).estimate(scoring_method="bic-d", max_indegree=3, show_progress=False)
    model = DiscreteBayesianNetwork(found.edges())
    model.add_nodes_from(coded.columns)
    model.fit(coded, estimator=DiscreteBayesianEstimator(prior_type="BDeu", equivalent_sample_size=5))
    rng = np.random.default_rng(seed)

    def sample(n: int) -> pd.DataFrame:
        made = model.simulate(n, seed=seed, show_progress=False)[list(train)].astype(str)
        out = made.where(made != "gap", None).astype(object)
        for name, ends in edges.items():
            place = pd.to_numeric(out[name]).to_numpy(float)
            at = np.nan_to_num(place).astype(int).clip(0, max(len(ends) - 2, 0))
            low, high = ends[at], ends[np.minimum(at + 1, len(ends) - 1)]
            out[name] = np.where(np.isnan(place), np.nan, low + (high - low) * rng.random(n))
        return out

    return sample


def _synthcity(name: str) -> Fit:
    def fit(train: pd.DataFrame, target: str, seed: int) -> Callable[[int], pd.DataFrame]:
        from synthcity.plugins import Plugins
        from synthcity.plugins.core.dataloader import GenericDataLoader

        plugin = Plugins().get(name, random_state=seed)
        plugin.fit(GenericDataLoader(_filled(train), target_column=target))
        return lambda n: plugin.generate(count=n).dataframe()

    return fit


def _filled(train: pd.DataFrame) -> pd.DataFrame:
    """For tools without missing values."""
    return train.fillna({c: "missing" if train[c].dtype == object else train[c].median() for c in train})


TOOLS: dict[str, Fit] = {
    "SDV copula": _sdv("GaussianCopulaSynthesizer"),
    "SDV copula by class": copula_by_class,
    "CTGAN": _sdv("CTGANSynthesizer", enable_gpu=False),
    "TVAE": _sdv("TVAESynthesizer", enable_gpu=False),
    "arfpy": arfpy,
    "ForestDiffusion": forest_diffusion,
    "pgmpy": pgmpy_network,
    "synthcity network": _synthcity("bayesian_network"),
    "synthcity flow": _synthcity("nflow"),
}


def main() -> None:
    with TemporaryDirectory() as folder, contextlib.chdir(folder):  # some tools leave files where they run
        answer()


def answer() -> None:
    for line in sys.stdin:
        tool, folder, target, n, seed = json.loads(line)
        train = pd.read_csv(Path(folder) / "train.csv")
        told: dict[str, object] = {}
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                _seed(seed)
                begin = process_time()
                draw = TOOLS[tool](train, target, seed)
                told["fit"] = process_time() - begin
                draw(n).to_csv(Path(folder) / "made.csv", index=False)
        except Exception as error:
            told = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
