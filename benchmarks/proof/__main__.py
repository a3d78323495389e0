from __future__ import annotations

import argparse
import os

from benchmarks.proof import helps, page, peers, rows, run, studies
from benchmarks.proof.setups import SETUPS, SIZES

PARTS = ("rows", "studies", "helps", "full", "peers", "page", "all")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proof", description="How often is the validator wrong?")
    parser.add_argument(
        "part", choices=("rows", "studies", "helps", "full", "peers", "page", "all"), nargs="?", default="all"
    )
    parser.add_argument("--repeats", type=int, help="simulations of each kind")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="patients to train on, such as 30,60")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(argv)
    sizes = tuple(int(n) for n in given.sizes.split(","))
    if given.part in ("rows", "all"):
        run.run(rows.tasks(given.repeats or 200, sizes, tuple(SETUPS)), rows.compute, given.jobs)
    if given.part in ("studies", "all"):
        run.run(studies.tasks(given.repeats or 200, sizes), studies.compute, given.jobs)
    if given.part in ("helps", "all"):
        run.run(helps.tasks(given.repeats or 400, sizes, tuple(helps.SCENARIOS)), helps.compute, given.jobs)
    if given.part in ("full", "all"):
        some = helps.tasks(given.repeats or 10, sizes, helps.CHECKED, full=True)
        run.run(some, helps.compute, given.jobs)
    if given.part == "peers" or (given.part == "all" and peers.there()):
        run.run(peers.tasks(given.repeats or 40, (60,)), peers.compute, given.jobs)
    print(f"written: {', '.join(page.write()) or 'nothing, there are no results yet'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
