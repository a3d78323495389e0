"""Metrics of rows read images in a space, and say which."""

from __future__ import annotations

import numpy as np
import pytest

from comparisons import real_thirds
from fewfold.core.errors import NotApplicable
from fewfold.core.types import Floats
from fewfold.data.blocks.images import Images
from fewfold.data.features.handcrafted import Handcrafted
from fewfold.data.features.random_network import RandomNetwork
from fewfold.data.features.supplied import Supplied
from fewfold.metrics.base import METRICS, Comparison, metric
from fewfold.metrics.spaces import in_space
from images import clouds, images_compared
from smears import smears

NETWORK = RandomNetwork(value_range=(0.0, 1.0))


@pytest.fixture(scope="module")
def lost() -> Comparison:
    """Half of the patients have bright images, and the synthetic ones have none."""
    dark, bright = ([level * field for field in clouds(90, seed=seed)] for seed, level in ((1, 0.4), (2, 1.0)))
    real = [image for pair in zip(dark, bright, strict=True) for image in pair]
    return in_space(images_compared(real[:60], real[60:120], dark[60:90] + dark[:30]), NETWORK)


@pytest.mark.parametrize("name", ["coverage", "recall", "vendi"])
def test_a_kind_of_image_that_is_lost_is_seen(name: str, lost: Comparison) -> None:
    found = metric(name).measure(lost, rng=0)
    assert found.space == NETWORK.identity
    assert found.null is not None and found.value < found.null.low


@pytest.mark.parametrize("name", ["precision", "density"])
def test_what_is_left_lies_among_the_patients(name: str, lost: Comparison) -> None:
    found = metric(name).measure(lost, rng=0)
    assert found.null is not None and found.value >= found.null.low


def test_the_coordinates_are_the_only_features() -> None:
    fields = clouds(30)
    patients = np.arange(20) // 2
    whole = images_compared(fields[:10], fields[10:20], fields[20:], patients=patients)
    seen = in_space(whole, NETWORK)
    assert seen.train.matrix.shape == (10, 64) and seen.train.n_subjects == 5 and not seen.train.blocks
    np.testing.assert_array_equal(
        seen.holdout.matrix, NETWORK.coordinates(Images(whole.holdout.blocks["image"].entries))
    )
    assert seen.synthetic.provenance is whole.synthetic.provenance


def test_handcrafted_and_supplied_spaces_are_named() -> None:
    fields = clouds(36)
    whole = images_compared(fields[:12], fields[12:24], fields[24:])

    def corners(images: Images) -> Floats:
        return np.array([image.pixels[:2, :2].ravel() for image in images])

    for space in (Handcrafted(value_range=(0.0, 1.0)), Supplied("corners", "3", corners)):
        assert metric("energy").measure(in_space(whole, space), rng=0).space == space.identity


def test_a_table_has_no_images_and_no_space() -> None:
    with pytest.raises(NotApplicable, match="images"):
        in_space(real_thirds(20), NETWORK)
    assert metric("ks").measure(real_thirds(20), rng=0).space == ""


def test_only_studies_of_images_read_metrics_of_images() -> None:
    from fewfold.study.cells import metrics_of

    table, pictures = metrics_of(real_thirds(20).train), metrics_of(smears(8))
    assert "kid" in METRICS.names() and "kid" not in table and "mmd" in table
    assert set(pictures) == {*table, "kid", "image_copies"}
