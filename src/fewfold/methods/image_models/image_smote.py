"""SMOTE in a space of features, brought back to images."""

from __future__ import annotations

from fewfold.core.cards import CLASSES, MethodCard
from fewfold.methods.image_models.interpolation import FeatureInterpolation
from fewfold.methods.oversamplers.smote import Smote


class ImageSmote(FeatureInterpolation):
    """SMOTE among the features of images. Parameters and the rest as :class:`FeatureInterpolation` says."""

    card = MethodCard(
        name="image_smote",
        title="SMOTE of images",
        family="oversampler",
        summary="A training image blended with a neighbour in the class, or the image nearest to the point between.",
        targets=CLASSES,
        modalities=("image", "volume"),
        min_subjects=4,
        min_per_class=2,
        may_destroy=("edges and texture, in blends", "variance within the class", "calibration"),
        cost="the features of each training image",
        references=("10.1613/jair.953",),
    )

    def _oversampler(self) -> Smote:
        return Smote(k_neighbors=self.k_neighbors)
