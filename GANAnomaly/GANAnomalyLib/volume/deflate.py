"""One gzip stream packed by several threads: a large heatmap is written in a fraction of the time.

Each block is deflated by itself and ends on a byte (a sync flush, RFC 1951), so that the blocks behind one another are
one ordinary stream (RFC 1952), which any reader unpacks. The bytes do not depend on how many threads there were.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

LEVEL = 3
MOST_THREADS = 8
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""Deflated, no name and no time inside (the same volume gives the same bytes), from no system in particular."""


def write_gzip(file: BinaryIO, blocks: Iterable[bytes], level: int = LEVEL) -> None:
    """Write ``blocks`` to an open file as one gzip stream; what the file or ``blocks`` raise goes on.

    No more blocks are taken than the threads have at hand, so memory does not grow with their number.
    """
    file.write(_HEADER)
    checksum = size = 0
    threads = min(_processors(), MOST_THREADS)
    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for block in blocks:
                checksum, size = zlib.crc32(block, checksum), size + len(block)
                waiting.append(pool.submit(_deflate, block, level))
                if len(waiting) > 2 * threads:
                    file.write(waiting.popleft().result())
            while waiting:
                file.write(waiting.popleft().result())
        finally:
            for left in waiting:
                left.cancel()
    # An empty last block ends the stream.
    file.write(zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS).flush(zlib.Z_FINISH))
    file.write(struct.pack("<II", checksum, size & 0xFFFFFFFF))


def _deflate(block: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
