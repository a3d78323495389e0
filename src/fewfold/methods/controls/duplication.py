"""Count-matched duplication: as many rows as the method under test adds, and nothing new in them."""

from __future__ import annotations

from fewfold.core.cards import ALL_TARGETS, MethodCard
from fewfold.core.seeds import Rng
from fewfold.core.types import Floats
from fewfold.data.blocks.images import BLOCK, Images
from fewfold.data.cohort import Cohort
from fewfold.methods.base import Drawn
from fewfold.methods.rowwise import RowMethod


class Duplication(RowMethod):
    """Real rows drawn again, with their images where the cohort has them. Whatever a method gains over this, it gains
    by more than weight. A method that was saved has no images."""

    images: Images | None = None

    card = MethodCard(
        name="duplication",
        title="Count-matched duplication",
        family="control",
        summary="Copies of training rows, each class in its share, every row about equally often.",
        targets=ALL_TARGETS,
        modalities=("table", "image", "volume"),
        may_destroy=("independence of rows",),
        cost="none",
    )

    def _fit(self, cohort: Cohort, rng: Rng) -> None:
        super()._fit(cohort, rng)
        block = cohort.blocks.get(BLOCK)
        self.images = block if isinstance(block, Images) else None

    def _sample(self, labels: Floats | None, n: int, rng: Rng) -> Drawn:
        rows = self._draw_rows(labels, n, rng)
        images = None if self.images is None else self.images.take(rows)
        return Drawn(self.values[rows], rows[:, None], images=images, follow_up=self._followed(rows))
