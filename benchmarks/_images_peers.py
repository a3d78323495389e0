"""Times other tools on the work of ``benchmarks.images``, where they are installed: for each line that it reads, the
name of a work, one line of JSON. It stays alive, so that nothing is loaded or warmed up anew."""

from __future__ import annotations

import json
import statistics
import sys
import warnings
from collections.abc import Callable
from time import process_time

import numpy as np

warnings.filterwarnings("ignore")
SIDE, CUBE, BATCH = 224, 128, 16
Work = Callable[[], object]


def milliseconds(work: Work, repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        begin = process_time()
        work()
        taken.append(process_time() - begin)
    return 1e3 * statistics.median(taken)


def albumentations() -> dict[str, tuple[Work, int, int]]:
    import albumentations as a
    import cv2

    cv2.setNumThreads(1)
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    share = {"x": (-0.06, 0.06), "y": (-0.06, 0.06)}
    affine = a.Affine(scale=(0.9, 1.1), translate_percent=share, rotate=(-15, 15), shear=(-5, 5), p=1)
    chain = a.Compose([affine, a.HorizontalFlip(p=0.5), a.RandomBrightnessContrast(p=1)])
    elastic = a.Compose([a.ElasticTransform(alpha=30, sigma=6, p=1)])
    rough = a.Compose([a.ElasticTransform(alpha=30, sigma=6, approximate=True, p=1)])
    return {
        "plane": (lambda: chain(image=image), 100, 1),
        "plane, elastic": (lambda: elastic(image=image), 15, 1),
        "plane, elastic (approximate)": (lambda: rough(image=image), 15, 1),
    }


def opencv() -> dict[str, tuple[Work, int, int]]:
    """The bare calls, without a draw."""
    import cv2

    cv2.setNumThreads(1)
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    matrix, table = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 11, 1.1), np.arange(256, dtype=np.uint8)
    return {"plane": (lambda: cv2.LUT(cv2.warpAffine(image, matrix, (SIDE, SIDE)), table), 100, 1)}


def kornia() -> dict[str, tuple[Work, int, int]]:
    import kornia.augmentation as k
    import torch

    torch.set_num_threads(1)
    images, volume = torch.rand(BATCH, 3, SIDE, SIDE), torch.rand(1, 1, CUBE, CUBE, CUBE)
    affine = k.RandomAffine(15.0, (0.06, 0.06), (0.9, 1.1), 5.0, p=1)
    chain = k.AugmentationSequential(affine, k.RandomHorizontalFlip(p=0.5), k.ColorJiggle(0.1, 0.2, p=1))
    elastic = k.RandomElasticTransform(p=1)
    space = k.AugmentationSequential(
        k.RandomAffine3D((15.0, 15.0, 15.0), scale=(0.9, 1.1), p=1), k.RandomHorizontalFlip3D(p=0.5)
    )
    return {
        "plane": (lambda: chain(images), 3, BATCH),
        "plane, elastic": (lambda: elastic(images), 2, BATCH),
        "volume": (lambda: space(volume) * 1.1 + 0.05, 3, 1),
    }


def monai() -> dict[str, tuple[Work, int, int]]:
    import monai.transforms as m
    import torch

    torch.set_num_threads(1)
    image, volume = torch.rand(3, SIDE, SIDE), torch.rand(1, CUBE, CUBE, CUBE)
    flat = {"rotate_range": 0.26, "translate_range": 13, "scale_range": 0.1, "padding_mode": "zeros"}
    chain = m.Compose(
        [
            m.RandAffine(prob=1, shear_range=0.09, **flat),
            m.RandFlip(0.5, 1),
            m.RandAdjustContrast(1),
            m.RandShiftIntensity(0.1),
        ]
    )
    elastic = m.Rand2DElastic(spacing=(37, 37), magnitude_range=(1, 10), prob=1, padding_mode="zeros")
    ranges = {"rotate_range": (0.26,) * 3, "scale_range": (0.1,) * 3, "padding_mode": "zeros"}
    space = m.Compose([m.RandAffine(prob=1, **ranges), m.RandFlip(0.5, 2), m.RandScaleIntensity(0.2, prob=1)])
    bent = m.Rand3DElastic(sigma_range=(5, 7), magnitude_range=(50, 150), prob=1, **ranges)
    return {
        "plane": (lambda: chain(image), 10, 1),
        "plane, elastic": (lambda: elastic(image), 10, 1),
        "volume": (lambda: space(volume), 3, 1),
        "volume, elastic": (lambda: bent(volume), 1, 1),
    } | {
        f"volume, {name}": (lambda step=step: step(volume), 3, 1)
        for name, step in {
            "bias_field": m.RandBiasField(prob=1),
            "spike": m.RandKSpaceSpikeNoise(prob=1),
            "gaussian_noise": m.RandGaussianNoise(prob=1),
            "gamma": m.RandAdjustContrast(prob=1),
        }.items()
    }


def torchio() -> dict[str, tuple[Work, int, int]]:
    import torch
    import torchio as t

    torch.set_num_threads(1)
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    subject = t.Subject(image=t.ScalarImage(tensor=torch.rand(1, CUBE, CUBE, CUBE)))
    space = t.Compose([t.RandomAffine(scales=0.1, degrees=15), t.RandomFlip(axes=2), t.RandomGamma((-0.2, 0.2))])
    bent = t.Compose([t.RandomAffine(scales=0.1, degrees=15), t.RandomElasticDeformation()])
    alone = {
        "bias_field": t.RandomBiasField(),
        "ghosting": t.RandomGhosting(),
        "motion": t.RandomMotion(),
        "spike": t.RandomSpike(),
        "gaussian_noise": t.RandomNoise(),
        "gamma": t.RandomGamma((-0.3, 0.3)),
    }
    return {
        "volume": (lambda: space(subject), 3, 1),
        "volume, elastic": (lambda: bent(subject), 1, 1),
    } | {f"volume, {name}": (lambda step=step: step(subject), 3, 1) for name, step in alone.items()}


def batchgeneratorsv2() -> dict[str, tuple[Work, int, int]]:
    import torch
    from batchgeneratorsv2.transforms.intensity.brightness import MultiplicativeBrightnessTransform
    from batchgeneratorsv2.transforms.spatial.mirroring import MirrorTransform
    from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform

    torch.set_num_threads(1)
    volume = torch.rand(1, CUBE, CUBE, CUBE)
    how = {"p_rotation": 1, "rotation": (-0.26, 0.26), "p_scaling": 1, "scaling": (0.9, 1.1)}
    affine = SpatialTransform((CUBE,) * 3, 0, False, **how)
    bent = SpatialTransform((CUBE,) * 3, 0, False, p_elastic_deform=1, **how)
    mirror, bright = MirrorTransform((2,)), MultiplicativeBrightnessTransform((0.8, 1.25), False)
    return {
        "volume": (lambda: bright(**mirror(**affine(image=volume.clone()))), 3, 1),
        "volume, elastic": (lambda: bent(image=volume.clone()), 1, 1),
    }


PEERS = (albumentations, opencv, kornia, monai, torchio, batchgeneratorsv2)


def main() -> None:
    works: dict[tuple[str, str], tuple[Work, int, int]] = {}
    for peer in PEERS:
        try:
            for name, (run, repeats, images) in peer().items():
                run()
                works[name, peer.__name__] = run, repeats, images
        except Exception as error:
            print(f"{peer.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
    for line in sys.stdin:
        asked = {peer: work for (name, peer), work in works.items() if name == line.strip()}
        found = {peer: milliseconds(run, repeats) / images for peer, (run, repeats, images) in asked.items()}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
