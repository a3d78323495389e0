"""Every ``python`` and ``console`` block of the documentation runs, in order, each page in a folder of its own.

In a ``console`` block the lines that start with ``$`` are run by a shell and must succeed. In one marked
``console check`` the other lines must be printed too, in that order; ``...`` stands for any text. Blocks that are not
to be run are ``text``, ``bash``, ``toml`` or ``json``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.pages import NAMES, ROOT, Block, blocks

RUN = ("python", "console", "console check")
NOT_RUN = ("text", "bash", "toml", "json")


@pytest.mark.parametrize("name", NAMES)
def test_every_block_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(blocks((ROOT / name).read_text(encoding="utf-8")))
    assert {block.info for block in found} <= {*RUN, *NOT_RUN}
    executed = [block for block in found if block.info in RUN]
    if not executed:
        return
    if any("fetch_" in block.text for block in executed) and "FEWFOLD_DATA" not in os.environ:
        pytest.skip("the page reads published cohorts; set FEWFOLD_DATA to the folder that holds them")
    monkeypatch.chdir(tmp_path)
    variables = {"__name__": "page"}
    for block in executed:
        if block.info == "python":
            code = "\n" * block.line + block.text  # so that an error names the line of the page
            exec(compile(code, name, "exec", dont_inherit=True), variables)
        else:
            run_console(block, tmp_path, name)


def run_console(block: Block, folder: Path, name: str) -> None:
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", block.text, re.MULTILINE)
    assert commands, f"{name}:{block.line} has no line that starts with $"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["sh", "-e"],
        input="\n".join(commands),
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "120", "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{name}:{block.line} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    if block.info == "console check":
        printed = re.sub(r"^\$ (?:.*\\\n)*.*\n", "", block.text, flags=re.MULTILINE)
        pattern = re.escape(printed.strip()).replace(r"\.\.\.", ".*")
        assert re.search(pattern, done.stdout, re.DOTALL), f"{name}:{block.line} prints otherwise:\n{done.stdout}"
