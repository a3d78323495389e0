"""What every transform must do. A new transform is under this suite without a line added here."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from fewfold.core.errors import BadInput
from fewfold.methods.base import METHODS
from fewfold.methods.transforms.augmenter import Augmenter, named
from fewfold.methods.transforms.base import DESTROYS, TRANSFORMS, Geometric, Image, Pointwise, Transform, transform
from fewfold.methods.transforms.engine.affine import identity
from fewfold.methods.transforms.engine.lattice import Lattice
from fewfold.methods.transforms.engine.lookup import Levels

NAMES = TRANSFORMS.names()
GEOMETRIC = [name for name in NAMES if issubclass(TRANSFORMS.get(name), Geometric)]
LATTICES = {"image": Lattice((24, 31), (1.0, 1.0)), "volume": Lattice((9, 12, 11), (2.5, 1.0, 1.0))}
CASES = [(name, modality) for name in NAMES for modality in TRANSFORMS.get(name).card.modalities]
TARGET = {
    "stains": [[0.6, 0.7, 0.3872983346207417], [0.2, 0.9, 0.3872983346207417]],
    "concentrations": [1.2, 0.8],
    "mean": [-0.4, 0.0, 0.0],
    "sd": [0.2, 0.05, 0.05],
}
NEEDED: dict[str, dict[str, Any]] = {
    "macenko_normalisation": {"target": TARGET},
    "reinhard_normalisation": {"target": TARGET},
}
FIXED = {"reflection", *NEEDED}  # what leaves nothing to chance but whether it is applied
each_case = pytest.mark.parametrize(("name", "modality"), CASES)


def image(modality: str, dtype: str = "uint8", channels: int | None = None) -> Image:
    own, rng = LATTICES[modality], np.random.default_rng(0)
    shape = own.shape if channels is None else (*own.shape, channels)
    values = rng.random(shape).astype(dtype) if dtype == "float32" else rng.integers(0, 256, shape).astype(dtype)
    return Image(values, own, Levels(0.0, 1.0 if dtype == "float32" else 255.0))


def own_image(name: str, modality: str) -> Image:
    """An image of a kind that the transform takes."""
    return image(modality, channels=3 if TRANSFORMS.get(name).colour else None)


def always(name: str) -> Transform:
    """The transform, applied whatever chance says, with the parameters that it cannot do without."""
    return transform(name, p=1.0, **NEEDED.get(name, {}))


def drawn(name: str, modality: str, seed: int = 1) -> dict[str, Any]:
    found = always(name).draw(np.random.default_rng(seed), LATTICES[modality])
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_card_is_complete(name: str) -> None:
    kind = TRANSFORMS.get(name)
    card = kind.card
    assert re.fullmatch(r"[a-z][a-z0-9_]*", card.name)
    assert card.family == "transform"
    assert ".transforms." in kind.__module__
    assert card.title
    assert card.cost
    assert card.summary.endswith(".")
    assert kind.__doc__
    assert card.may_destroy
    assert set(card.may_destroy) <= set(DESTROYS)
    assert set(card.modalities) <= set(LATTICES)
    assert card.modalities
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", doi) for doi in card.references)
    assert card.references


def test_names_are_not_those_of_methods() -> None:
    assert not set(NAMES) & set(METHODS.names())


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_json_and_come_back(name: str) -> None:
    default = transform(name)
    signature = inspect.signature(type(default)).parameters.values()
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in signature)
    assert "p" in default.params
    assert transform(name, **json.loads(json.dumps(default.params))).params == default.params
    assert repr(default).startswith(type(default).__name__)
    with pytest.raises(BadInput, match="no_such_parameter"):
        transform(name, no_such_parameter=1)
    with pytest.raises(BadInput, match="probability"):
        transform(name, p=-0.1)


@each_case
def test_draws_are_json_and_say_all_there_is_to_say(name: str, modality: str) -> None:
    one = drawn(name, modality)
    assert json.loads(json.dumps(one)) == one
    assert drawn(name, modality) == one
    assert drawn(name, modality, seed=2) != one or name in FIXED
    made = transform(name, p=1.0).apply(own_image(name, modality), one)
    again = named(name).apply(own_image(name, modality), json.loads(json.dumps(one)))
    assert np.array_equal(made.values, again.values)
    assert transform(name, p=0.0).draw(np.random.default_rng(0), LATTICES[modality]) is None


@each_case
@pytest.mark.parametrize("dtype", ["uint8", "float32", "int16"])
@pytest.mark.parametrize("channels", [None, 1, 3])
def test_types_and_shapes_stay(name: str, modality: str, dtype: str, channels: int | None) -> None:
    given, kind = image(modality, dtype, channels), TRANSFORMS.get(name)
    if (kind.colour and channels != 3) or (kind.bytes_only and dtype != "uint8"):
        with pytest.raises(BadInput, match=f"for {name}"):
            transform(name, p=1.0).apply(given, drawn(name, modality))
        return
    made = transform(name, p=1.0).apply(given, drawn(name, modality))
    assert made.values.dtype == given.values.dtype
    assert made.values.shape == made.lattice.shape + given.values.shape[given.lattice.ndim :]
    assert made.lattice.spacing == given.lattice.spacing
    assert made.values.flags.owndata or made.values is not given.values


@each_case
def test_the_augmenter_does_the_same(name: str, modality: str) -> None:
    """Alone in a chain a transform gives what it gives by itself, on a copy."""
    given = own_image(name, modality)
    before = given.values.copy()
    chain = Augmenter([always(name)], seed=5, dims=len(LATTICES[modality].shape))
    made, record = chain.recorded(given.values, index=2, spacing=LATTICES[modality].spacing)
    step = record.steps[0]
    assert step.drawn is not None
    assert np.array_equal(made, named(name).apply(given, step.drawn).values)
    assert np.array_equal(given.values, before)


@pytest.mark.parametrize(("name", "modality"), [case for case in CASES if case[0] not in GEOMETRIC])
def test_it_does_not_matter_which_axis_channels_are(name: str, modality: str) -> None:
    """Geometry is left out: there the order of sums differs, and so the last bit."""
    values, dims = image(modality, channels=3).values, len(LATTICES[modality].shape)
    last = Augmenter([always(name)], seed=5, dims=dims)
    first = Augmenter([always(name)], seed=5, dims=dims, channels="first")
    made = first(np.moveaxis(values, -1, 0), index=2)
    assert np.array_equal(np.moveaxis(made, 0, -1), last(values, index=2))


@pytest.mark.parametrize("modality", LATTICES)
@pytest.mark.parametrize("name", GEOMETRIC)
def test_geometry_can_be_undone(name: str, modality: str) -> None:
    kind, own = named(name), LATTICES[modality]
    assert isinstance(kind, Geometric)
    for seed in range(5):
        one = drawn(name, modality, seed)
        warp = kind.warp(one, own)
        assert warp.source == own
        assert warp.target == kind.target(one, own)
        places = np.random.default_rng(seed).uniform(-3, 3, size=(own.ndim, 20))
        np.testing.assert_allclose(warp.back(warp.forth(places)), places, atol=1e-6)


@each_case
def test_it_does_something(name: str, modality: str) -> None:
    given = own_image(name, modality)
    kind, one = named(name), drawn(name, modality)
    if isinstance(kind, Geometric):
        warp = kind.warp(one, given.lattice)
        moved = warp.affine != identity(given.lattice.ndim) or warp.displacement is not None
        assert moved or warp.target != warp.source
    elif isinstance(kind, Pointwise):
        assert kind.curve(one).pieces != ((1.0, 0.0, 1.0),)
    else:
        assert not np.array_equal(kind.apply(given, one).values, own_image(name, modality).values)


def _spans(name: str, magnitude: float) -> list[np.ndarray]:
    """The ends of each range that has a strength, as they are and scaled."""
    kind = transform(name)
    scaled = kind.scaled(magnitude)
    return [np.array([np.atleast_1d(t.params[key]) for t in (kind, scaled)], dtype=float) for key in kind.strengths]


ON_OR_OFF = ("reflection", "ct_streak", "macenko_normalisation", "reinhard_normalisation")


@pytest.mark.parametrize("name", NAMES)
def test_a_magnitude_scales_each_range_and_nothing_else(name: str) -> None:
    kind = transform(name)
    assert set(kind.strengths) <= set(kind.params)
    assert kind.strengths or name in ON_OR_OFF, "a transform without strengths is on or off"
    for whole in _spans(name, 1.0):
        assert np.allclose(*whole, rtol=1e-12)
    others = {key: value for key, value in kind.params.items() if key not in kind.strengths}
    assert others == {key: value for key, value in kind.scaled(0.5).params.items() if key not in kind.strengths}
    for own, half in _spans(name, 0.5):
        assert not np.array_equal(own, half)


@each_case
def test_the_smaller_the_magnitude_the_less_is_changed(name: str, modality: str) -> None:
    if not transform(name).strengths or name in ("jpeg", "crop", "ct_window", "xray_collimation"):
        pytest.skip("nothing between, or lossy or of another size from the start, or only at the ends of what is there")
    shape = LATTICES[modality].shape
    values = (
        ndimage.gaussian_filter(np.random.default_rng(0).random(shape) * 900, 1.5, mode="wrap").astype(np.float32) - 350
    )
    if TRANSFORMS.get(name).colour:
        values = np.stack([values, values * 0.7 + 30, values * 0.4 + 80], axis=-1)
    if TRANSFORMS.get(name).bytes_only:
        values = values.round().astype(np.uint8)
    given = Image(values.copy(), LATTICES[modality], Levels(0.0, 255.0))
    moved = []
    for magnitude in (0.005, 1.0):
        kind = transform(name, p=1.0).scaled(magnitude)
        each = [kind.draw(np.random.default_rng(k), given.lattice) for k in range(8)]
        made = [kind.apply(given._replace(values=values.copy()), one).values for one in each if one is not None]
        inner = tuple(slice(3, -3) if n > 8 else slice(None) for n in values.shape)
        moved.append(np.mean([np.abs(m.astype(float) - values)[inner].mean() for m in made]))
    assert moved[0] < 0.06 * moved[1]


def test_a_magnitude_is_above_0_and_keeps_ranges_within_their_limits() -> None:
    for wrong in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(BadInput, match="a magnitude above 0"):
            transform("gamma").scaled(wrong)
    with pytest.raises(BadInput, match="strength"):
        transform("elastic").scaled(2.0)
    assert transform("rotation", degrees=[-10, 20]).scaled(0.5).params["degrees"] == [-5, 10]
    assert np.allclose(transform("gamma", exponent=[0.25, 4]).scaled(0.5).params["exponent"], [0.5, 2])
    assert np.allclose(transform("colour_shift", gain=[0.8, 1.1]).scaled(2).params["gain"], [0.6, 1.2])
    assert transform("poisson_noise", photons=[100, 400]).scaled(2).params["photons"] == [25, 100]
    assert transform("crop", share=0.75).scaled(2).params["share"] == 0.5
    assert not transform("crop", size=12).strengths
