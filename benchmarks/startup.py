"""How long `import fewfold` and `fewfold --help` take, beside an interpreter that does nothing."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 9
COMMANDS = {
    "nothing": "pass",
    "import fewfold": "import fewfold",
    "fewfold --help": "import sys; sys.argv = ['fewfold', '--help']; from fewfold.cli import main; main()",
    "import pandas": "import pandas",
}


def main() -> None:
    """Medians over runs in turn, so that a drift of the machine's speed meets all of them."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, code in COMMANDS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True)
            taken[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"{name:16} {1000 * median:6.0f} ms, {median / medians['import pandas']:.2f} of import pandas")
    print("to reach: import and help under 500 ms each")


if __name__ == "__main__":
    main()
