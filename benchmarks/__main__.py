import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
FILES = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
NAMES = [*FILES, *sorted(path.parent.name for path in HERE.glob("*/__main__.py"))]  # the long ones last


def main(chosen: list[str]) -> int:
    unknown = sorted(set(chosen) - set(NAMES))
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    for name in chosen or NAMES:
        print(f"\n== {name}", flush=True)
        if name in FILES:
            import_module(f"benchmarks.{name}").main()
        else:
            import_module(f"benchmarks.{name}.__main__").main([])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
