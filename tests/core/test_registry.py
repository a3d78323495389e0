"""Discovery."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fewfold.core.errors import BadInput, DuplicateName
from fewfold.core.registry import Registry, register
from fewfold.methods.base import METHODS

BASE = "class Tool:\n    pass\n"
TOOL = """
from abc import abstractmethod
from types import SimpleNamespace
from {package}.base import Tool

class {cls}(Tool):
    card = SimpleNamespace(name={name!r})
"""


def shed(folder: Path, package: str, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Registry[object]:
    """A registry over a package written for the test."""
    for name, text in {"__init__.py": "", "base.py": BASE, **files}.items():
        path = folder / package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if path.parent != folder / package:
            (path.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder)
    base = __import__(f"{package}.base", fromlist=["Tool"])
    return Registry(package, base.Tool, "tool")


def test_what_lies_deeper_than_a_folder_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "folder/saw.py": TOOL.format(package="deep_shed", cls="Saw", name="saw"),
        "folder/engine/heavy.py": "import a_package_that_is_not_installed",
    }
    assert shed(tmp_path, "deep_shed", files, monkeypatch).names() == ["saw"]


def test_a_file_in_a_folder_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "hand/saw.py": TOOL.format(package="shed_a", cls="Saw", name="saw"),
        "hand/drill.py": TOOL.format(package="shed_a", cls="Drill", name="drill"),
        "power/use.py": "from shed_a.hand.saw import Saw\n",  # named there, at home elsewhere
        "beside.py": "raise RuntimeError('a module beside the folders is not imported')\n",
    }
    found = shed(tmp_path, "shed_a", files, monkeypatch)
    assert found.names() == ["drill", "saw"]
    assert [kind.__name__ for kind in found] == ["Drill", "Saw"]
    assert found.get("saw").__module__ == "shed_a.hand.saw"


def test_a_duplicate_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"hand/{k}.py": TOOL.format(package="shed_b", cls=k.title(), name="saw") for k in ("saw", "blade")}
    with pytest.raises(DuplicateName, match=r"Two tools are called 'saw': shed_b.hand.blade.Blade and shed_b.hand.saw"):
        shed(tmp_path, "shed_b", files, monkeypatch).names()


def test_a_class_from_elsewhere_can_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"hand/saw.py": TOOL.format(package="shed_c", cls="Saw", name="saw")}
    found = shed(tmp_path, "shed_c", files, monkeypatch)
    lent = type("Lent", (), {"card": type("Card", (), {"name": "lent"})})
    found.add(lent)
    assert found.get("lent") is lent
    with pytest.raises(DuplicateName, match="'lent'"):
        found.add(lent)


def test_register_refuses_a_taken_name() -> None:
    smote = METHODS.get("smote")
    found = {"smote": smote}
    with pytest.raises(DuplicateName, match="Rename one"):
        register(found, smote, noun="method")


def test_an_unknown_name_gives_near_matches() -> None:
    with pytest.raises(BadInput, match="smote") as caught:
        METHODS.get("smot")
    assert "gaussian_copula" not in str(caught.value)
    assert "`fewfold methods`" in str(caught.value)
    with pytest.raises(BadInput, match="gaussian_copula"):  # nothing is near: all are told
        METHODS.get("xyz")


def test_discovery_stays_light() -> None:
    code = (
        "import sys; from fewfold.methods.base import METHODS; METHODS.names();"
        "print([m for m in ('sklearn', 'imblearn', 'scipy.stats', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
