"""ADASYN in a space of features, brought back to images."""

from __future__ import annotations

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.methods.image_models.interpolation import FeatureInterpolation
from fewfold.methods.oversamplers.adasyn import Adasyn


class ImageAdasyn(FeatureInterpolation):
    """ADASYN among the features of images. Parameters and the rest as :class:`FeatureInterpolation` says."""

    card = MethodCard(
        name="image_adasyn",
        title="ADASYN of images",
        family="oversampler",
        summary="SMOTE of images that makes more where an image's neighbours belong to other classes.",
        targets=CLASSES,
        modalities=("image", "volume"),
        min_subjects=4,
        min_per_class=2,
        may_destroy=("edges and texture, in blends", "images far from the border", "calibration"),
        cost="the features of each training image",
        references=("10.1109/IJCNN.2008.4633969",),
    )

    def _oversampler(self) -> Adasyn:
        return Adasyn(k_neighbors=self.k_neighbors)
