"""The segmenters that judge, by name."""

from __future__ import annotations

from fewfold.metrics.utility.segmentation.segmenter import Segmenter
from fewfold.metrics.utility.segmentation.small_unet import SmallUNet
from fewfold.metrics.utility.segmentation.voxel_forest import VoxelForest

SEGMENTERS: dict[str, Segmenter] = {segmenter.name: segmenter for segmenter in (VoxelForest(), SmallUNet())}
