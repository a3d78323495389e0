"""The command line: parses, calls one function, prints.

Exit codes: 0 done, whatever the verdict; 2 bad input or usage; 1 a fault of ours; 3 a verdict named in ``--fail-on``;
130 stopped by Ctrl-C, 143 by SIGTERM, with everything that was done kept.
"""

from fewfold.cli.app import main

__all__ = ["main"]
