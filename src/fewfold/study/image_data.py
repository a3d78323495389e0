"""The ``[data.images]`` section of ``study.toml``: a folder of images, studied by their features."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from fewfold.data.features.cohort import featured_noted
from fewfold.data.io.folder import Opened, read_images
from fewfold.data.schema import Schema


class ImageData(BaseModel):
    """``labels``: the table of labels and patients, else ``images.csv``. ``mask``: its column of masks within which
    features are read. ``segment``: its column of masks that are to be found, in place of a target; a mask may be empty.
    ``value_range``: what counts as 0 to 1, such as a window in Hounsfield units."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    labels: str = ""
    mask: str = ""
    segment: str = ""
    value_range: tuple[float, float] | None = None

    def opened(
        self,
        folder: Path,
        schema: Schema | None = None,
        *,
        target: str | None = None,
        subject: str | None = None,
        site: str | None = None,
        drop_missing_target: bool = False,
        several_classes: bool = False,
    ) -> Opened:
        """As :func:`fewfold.data.io.folder.read_images`, no value being read."""
        return read_images(
            folder,
            labels=self.labels or None,
            masks=[name for name in dict.fromkeys((self.mask, self.segment)) if name],
            empty_masks=bool(self.segment),
            target=target,
            subject=subject,
            site=site,
            schema=schema,
            drop_missing_target=drop_missing_target,
            several_classes=several_classes,
        )

    def featured(self, opened: Opened) -> Opened:
        """With the features of the images; those that cannot be used join the ``failures``."""
        made = featured_noted(
            opened.cohort, mask=self.mask or None, value_range=self.value_range, segment=self.segment or None
        )
        return Opened(made.cohort, (*opened.failures, *made.failures))
