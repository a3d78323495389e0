"""Published files: mirror, cache, download, and everything that can go wrong with them."""

import re
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest

from fewfold.core.errors import BadInput
from fewfold.data.datasets import bmt, cystic_fibrosis, dmd, download, hcc, larynx, pbc, tiny

ORIGINS = [
    pbc.ORIGIN,
    hcc.ORIGIN,
    dmd.ORIGIN,
    cystic_fibrosis.ORIGIN,
    bmt.ORIGIN,
    larynx.ORIGIN,
    tiny.CUSHINGS_ORIGIN,
    tiny.POLYPS_ORIGIN,
]


class _Answers(BaseHTTPRequestHandler):
    payload = b""

    def do_GET(self):
        kind = self.path.strip("/")
        self.server.asked.append(kind)
        payload = self.server.payload
        if kind == "gone":
            self.send_error(404)
        elif kind == "moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.end_headers()
        else:
            self.send_response(200)
            if kind != "unsized":
                self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self._body(kind, payload)

    def _body(self, kind, payload):
        if kind == "short":
            self.wfile.write(payload[: len(payload) // 2])
        elif kind == "changed":
            self.wfile.write(payload.replace(b"7", b"8", 1))
        elif kind == "page":
            self.wfile.write(b"<html>" + b" " * (len(payload) - 6))
        elif kind == "slow":
            for start in range(0, len(payload), 8):
                self.wfile.write(payload[start : start + 8])
                self.wfile.flush()
                time.sleep(0.05)
        else:
            self.wfile.write(payload)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as running:
        running.daemon_threads, running.block_on_close = True, False
        running.handle_error = lambda *_: None
        running.asked, running.payload = [], b""
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.base = f"http://127.0.0.1:{running.server_address[1]}"
        yield running
        running.shutdown()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.delenv("FEWFOLD_DATA", raising=False)
    folder = tmp_path / "cache"
    monkeypatch.setattr(download, "cache_folder", lambda: folder)
    return folder


@pytest.fixture
def origin(server, cache, shared_data):
    """The larynx file as its origin writes it: with row names."""
    frame = pd.read_csv(shared_data / larynx.ORIGIN.path)
    frame.insert(0, "rownames", np.arange(1, len(frame) + 1))
    server.payload = frame.to_csv(index=False).encode()
    return lambda kind: replace(larynx.ORIGIN, url=f"{server.base}/{kind}")


@pytest.mark.parametrize("kind", ["good", "unsized"])
def test_download_is_checked_kept_and_not_repeated(origin, server, cache, kind):
    table = download.obtain(origin(kind))
    assert list(table.columns) == ["stage", "time", "age", "diagyr", "delta"]
    assert (cache / larynx.ORIGIN.path).read_bytes() == server.payload
    assert download.obtain(origin(kind)).equals(table)
    assert server.asked == [kind]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("gone", "404"),
        ("moved", "302"),
        ("short", r"\d+ of \d+ bytes|IncompleteRead"),
        ("changed", "not the published table"),
        ("page", "not the published table"),
    ],
)
def test_a_failed_download_says_why_and_leaves_nothing(origin, server, cache, kind, reason):
    with pytest.raises(BadInput, match=reason) as caught:
        download.obtain(origin(kind))
    assert origin(kind).url in str(caught.value)
    assert not list(cache.rglob("*.csv*"))
    assert server.asked == [kind]  # a redirect is not followed
    assert download.obtain(origin("good")).shape == (90, 5)


def test_no_network_names_the_mirror(cache):
    closed = replace(larynx.ORIGIN, url="http://127.0.0.1:9/x.csv")
    with pytest.raises(BadInput, match="FEWFOLD_DATA"):
        download.obtain(closed)


def test_a_slow_answer_ends(origin, server):
    start = time.monotonic()
    with pytest.raises(OSError, match="not done after"):
        download.download(origin("slow").url, seconds=0.3)
    assert time.monotonic() - start < 5


def test_an_endless_answer_ends(origin):
    with pytest.raises(OSError, match="more than 100 bytes"):
        download.download(origin("good").url, at_most=100)


def test_a_cache_that_cannot_be_written_is_no_end(origin, cache):
    cache.write_text("a file where the folder should be")
    assert download.obtain(origin("good")).shape == (90, 5)


def test_a_damaged_cache_is_replaced(origin, server, cache):
    download.obtain(origin("good"))
    (cache / larynx.ORIGIN.path).write_text("stage,time\n1,2\n")
    assert download.obtain(origin("good")).shape == (90, 5)
    assert server.asked == ["good", "good"]


def test_the_mirror_comes_first(origin, server, shared_data, monkeypatch):
    monkeypatch.setenv("FEWFOLD_DATA", str(shared_data))
    assert download.obtain(origin("good")).shape == (90, 5)
    assert server.asked == []


def test_a_mirror_without_the_file_is_no_end(origin, server, tmp_path, monkeypatch):
    monkeypatch.setenv("FEWFOLD_DATA", str(tmp_path))
    assert download.obtain(origin("good")).shape == (90, 5)


def test_a_changed_mirror_is_refused(origin, server, tmp_path, monkeypatch):
    monkeypatch.setenv("FEWFOLD_DATA", str(tmp_path))
    file = tmp_path / larynx.ORIGIN.path
    file.parent.mkdir()
    file.write_bytes(server.payload + b"\n")
    with pytest.raises(BadInput, match="SHA-256"):
        download.obtain(origin("good"))
    assert server.asked == []


def test_a_mirror_that_is_not_there_is_told(origin, tmp_path, monkeypatch):
    monkeypatch.setenv("FEWFOLD_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(BadInput, match="nowhere"):
        download.obtain(origin("good"))


def test_an_origin_in_a_format_of_r_needs_a_mirror(cache):
    with pytest.raises(BadInput, match="FEWFOLD_DATA"):
        download.obtain(dmd.ORIGIN)


@pytest.mark.parametrize("entry", ORIGINS, ids=lambda entry: entry.path)
def test_the_mirror_holds_what_is_on_record(entry, shared_data, monkeypatch):
    """Checksums as the mirror's own list has them."""
    monkeypatch.setenv("FEWFOLD_DATA", str(shared_data))
    listed = dict(reversed(line.split()) for line in (shared_data / "SHA256SUMS").read_text().splitlines())
    assert listed[f"./{entry.path}"] == entry.sha256
    assert len(download.obtain(entry)) > 20
    assert entry.url is None or re.match(r"https://raw\.githubusercontent\.com/\w+/\w+/[0-9a-f]{40}/", entry.url)


def test_content_does_not_depend_on_how_numbers_are_written(shared_data):
    """The origin of hcc writes -1 for missing, and whole numbers without a point."""
    table = pd.read_csv(shared_data / hcc.ORIGIN.path, float_precision="round_trip")
    text = table.fillna(-1).to_csv(index=False, float_format="%.12g").encode()
    assert b".0," not in text
    assert download._checked(hcc.ORIGIN, text, "there").isna().sum().sum() == table.isna().sum().sum()
    assert download.content_digest(table) != download.content_digest(table.iloc[::-1])
    assert download.content_digest(table) != download.content_digest(table.rename(columns={"Age": "age"}))


def test_cache_folder_follows_the_platform(monkeypatch, tmp_path):
    monkeypatch.setattr(download.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert download.cache_folder() == tmp_path / "fewfold"
    monkeypatch.setattr(download.sys, "platform", "darwin")
    assert download.cache_folder().parts[-3:] == ("Library", "Caches", "fewfold")
    monkeypatch.setattr(download.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert download.cache_folder() == tmp_path / "fewfold"
