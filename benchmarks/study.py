"""The default study on pbc: wall time, the share outside the learners' own fitting, and two workers against one."""

from __future__ import annotations

import time

import fewfold as ff
from fewfold.metrics.utility.learners import Learner


def main(repeats: int = 10) -> None:
    """6 arms, 5 x 10 splits, 3 ratios, 2 learners, with the negative control and every validity metric."""
    cohort = ff.datasets.load("pbc")
    spent = 0.0
    plain = Learner.predict

    def timed(self, *arguments, **options):
        nonlocal spent
        start = time.perf_counter()
        try:
            return plain(self, *arguments, **options)
        finally:
            spent += time.perf_counter() - start

    def run(jobs: int) -> float:
        start = time.perf_counter()
        ff.Study(cohort, repeats=repeats).run(jobs=jobs)
        return time.perf_counter() - start

    Learner.predict = timed
    one = run(1)
    Learner.predict = plain
    two = run(2)
    print(f"study of {cohort.n_subjects} patients, one worker: {one:.1f} s, two workers: {two:.1f} s")
    print(f"outside the learners: {100 * (1 - spent / one):.0f} % (to reach: at most 25 %)")
    print(f"two workers against one: {one / two:.2f} times (to reach: 1.8); two workers under 180 s: {two < 180}")


if __name__ == "__main__":
    main()
