"""Published image files: mirror, cache, download, and what can go wrong with them."""

import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlparse

import pandas as pd
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.datasets import bccd, chase, chula, ct_lung, cxr, files, hippocampus
from fewfold.data.datasets.files import Files, obtain_files

ALL = [chula.FILES, bccd.FILES, chase.FILES, hippocampus.FILES, ct_lung.FILES, cxr.FILES]
CONTENT = {"images/a.png": b"one", "images/b.png": b"two", "list.csv": b"a,b\n"}


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A small set whose origin is a folder, and an empty cache."""
    monkeypatch.delenv("FEWFOLD_DATA", raising=False)
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(files, "_SUMS", tmp_path)
    lines = [f"{sha256(content).hexdigest()}  {name}" for name, content in CONTENT.items()]
    (tmp_path / "small.sha256").write_text("\n".join(lines) + "\n")
    (tmp_path / "origin" / "pics").mkdir(parents=True)
    for name in ("a.png", "b.png"):
        (tmp_path / "origin" / "pics" / name).write_bytes(CONTENT[f"images/{name}"])
        (tmp_path / "origin" / f"{name}.txt").write_bytes(name[:1].encode())
    asked = []

    def get(url):
        asked.append(url)
        path = Path(urlparse(url).path)
        if not path.is_file():
            raise OSError("the answer 404 Not Found")
        return path.read_bytes()

    monkeypatch.setattr(files, "download", get)
    one = Files(
        folder="small",
        origin=(tmp_path / "origin").as_uri(),
        places={"images": "pics"},
        tables={"list.csv": lambda part, names: b",".join(part(f"{n[7:]}.txt") for n in names if "/" in n) + b"\n"},
    )
    return one, tmp_path, asked


def test_files_are_downloaded_once(published):
    one, tmp_path, asked = published
    folder = obtain_files(one)
    assert folder == tmp_path / "cache" / "small"
    assert {name: (folder / name).read_bytes() for name in CONTENT} == CONTENT and len(asked) == 4
    obtain_files(one)
    assert len(asked) == 4
    (folder / "images" / "b.png").write_bytes(b"damaged")
    obtain_files(one)
    assert len(asked) == 5 and (folder / "images" / "b.png").read_bytes() == b"two"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda o: (o / "pics" / "b.png").unlink(), r"to download .*b\.png. Found the answer 404.*FEWFOLD_DATA"),
        (
            lambda o: (o / "pics" / "b.png").write_bytes(b"other"),
            r"small/images/b\.png with SHA-256.*not the published",
        ),
        (lambda o: (o / "a.png.txt").write_bytes(b"x"), r"small/list\.csv with SHA-256"),
    ],
)
def test_a_failed_download_says_why(published, fault, message):
    one, tmp_path, _ = published
    fault(tmp_path / "origin")
    with pytest.raises(BadInput, match=message):
        obtain_files(one)


def test_the_mirror_comes_first_and_is_checked(published, monkeypatch):
    one, tmp_path, asked = published
    monkeypatch.setenv("FEWFOLD_DATA", str(tmp_path / "mirror"))
    shutil.copytree(obtain_files(one), tmp_path / "mirror" / "small")
    asked.clear()
    assert obtain_files(one) == tmp_path / "mirror" / "small" and not asked
    (tmp_path / "mirror" / "small" / "images" / "a.png").write_bytes(b"changed")
    (tmp_path / "mirror" / "small" / "list.csv").unlink()
    with pytest.raises(BadInput, match=r"2 absent or changed: images/a\.png, list\.csv"):
        obtain_files(one)


def test_an_origin_in_another_form_needs_a_mirror(published):
    one, _, _ = published
    with pytest.raises(BadInput, match=r"a mirror with small/images/a\.png.*FEWFOLD_DATA"):
        obtain_files(replace(one, origin=None))


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.folder)
def test_the_mirror_holds_what_is_on_record(entry, shared_data, monkeypatch):
    monkeypatch.setenv("FEWFOLD_DATA", str(shared_data))
    listed = dict(reversed(line.split(maxsplit=1)) for line in (shared_data / "SHA256SUMS").read_text().splitlines())
    own = {name.removeprefix(f"./{entry.folder}/"): digest for name, digest in listed.items()
           if name.startswith(f"./{entry.folder}/") and not name.endswith("SOURCE.md")}  # fmt: skip
    assert entry.sums == own
    assert obtain_files(entry) == shared_data / entry.folder
    parts = {name.rpartition("/")[0] for name in entry.sums if name not in entry.tables}
    assert entry.origin is None or parts == set(entry.places)


def test_tables_are_put_together_as_the_origin_has_them(shared_data):
    """From parts in the form of the origin: lines of ``x y type``, and Pascal VOC annotations."""
    cells = pd.read_csv(shared_data / "chula_rbc12" / "cells.csv")
    lines = {
        image[:-4]: "".join(f"{row.x} {row.y} {row.type}\r\n" for row in own.itertuples())
        for image, own in cells.groupby("image")
    }
    made = chula.FILES.tables["cells.csv"](lambda place: lines[place[6:-4]].encode(), list(chula.FILES.sums))
    assert made == (shared_data / "chula_rbc12" / "cells.csv").read_bytes()
    boxes = pd.read_csv(shared_data / "bccd" / "boxes.csv")

    def annotation(place):
        own = boxes[boxes["image"] == f"{place[17:-4]}.jpg"]
        objects = "".join(
            f"<object><name>{row.label}</name><bndbox><xmin>{row.xmin}</xmin><ymin>{row.ymin}</ymin>"
            f"<xmax>{row.xmax}</xmax><ymax>{row.ymax}</ymax></bndbox></object>"
            for row in own.itertuples()
        )
        return f"<annotation><size><width>640</width></size>{objects}</annotation>".encode()

    made = bccd.FILES.tables["boxes.csv"](annotation, list(bccd.FILES.sums))
    assert made == (shared_data / "bccd" / "boxes.csv").read_bytes()
