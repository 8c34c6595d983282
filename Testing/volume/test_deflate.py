"""One gzip stream from many threads: what any reader unpacks, the same bytes each time, errors on the way."""

from __future__ import annotations

import errno
import gzip
import io
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLib.volume import deflate


def packed(blocks, **options) -> bytes:
    file = io.BytesIO()
    deflate.write_gzip(file, blocks, **options)
    return file.getvalue()


@settings(deadline=None, max_examples=40)
@given(blocks=st.lists(st.binary(max_size=4000), max_size=60))
def test_unpacks_to_what_went_in(blocks):
    assert gzip.decompress(packed(blocks)) == b"".join(blocks)


@pytest.mark.skipif(shutil.which("gzip") is None, reason="there is no gzip")
def test_the_usual_program_finds_it_whole(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(packed([b"a" * 100_000, b"", bytes(range(256)) * 50]))
    assert subprocess.run(["gzip", "-t", str(path)], capture_output=True).returncode == 0


def test_bytes_do_not_depend_on_the_threads(monkeypatch):
    blocks = [bytes([n]) * 50_000 for n in range(30)]
    several = packed(blocks)
    monkeypatch.setattr(deflate, "_processors", lambda: 1)
    assert packed(blocks) == several


def test_errors_of_the_source_and_of_the_disk_go_on():
    def stopped():
        yield b"x" * 1000
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        packed(stopped())

    class Full(io.BytesIO):
        def write(self, data) -> int:
            if self.tell() > 20:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(data)

    with pytest.raises(OSError, match="No space"):
        deflate.write_gzip(Full(), (b"y" * 1000 for _ in range(100)))


def test_no_more_is_taken_than_the_threads_have_at_hand(monkeypatch):
    monkeypatch.setattr(deflate, "_processors", lambda: 2)
    taken = 0

    def blocks():
        nonlocal taken
        for _ in range(200):
            taken += 1
            yield b"z" * 10

    class Slow(io.BytesIO):
        ahead = 0
        written = 0

        def write(self, data) -> int:
            Slow.ahead = max(Slow.ahead, taken - Slow.written)
            Slow.written += 1
            return super().write(data)

    deflate.write_gzip(Slow(), blocks())
    assert Slow.ahead <= 8
