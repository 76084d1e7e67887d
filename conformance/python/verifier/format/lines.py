"""Lines of a stream that may be compressed: each ended by a line feed, none longer than evidence has."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from ..verdict import Rejection

MAX_LINE_BYTES = 1 << 22
CHUNK_BYTES = 1 << 16
GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 31


def read_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Raises Rejection: DOCUMENT_TOO_LARGE, DOCUMENT_NOT_GZIP, or, of a last line not ended, DOCUMENT_NOT_CANONICAL."""
    pending = b""
    for chunk in _chunks(stream):
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            _check_length(line)
            yield line
        _check_length(pending)
    if pending:
        raise Rejection("DOCUMENT_NOT_CANONICAL", "the last line is not ended by a line feed")


def _check_length(line: bytes) -> None:
    if len(line) > MAX_LINE_BYTES:
        raise Rejection("DOCUMENT_TOO_LARGE", f"a line has more than {MAX_LINE_BYTES} bytes")


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    first = stream.read(CHUNK_BYTES)
    if first.startswith(GZIP_MAGIC):
        yield from _inflate(first, stream)
        return
    while first:
        yield first
        first = stream.read(CHUNK_BYTES)


def _inflate(data: bytes, stream: BinaryIO) -> Iterator[bytes]:
    """One gzip member, whole, and nothing after it."""
    inflater = zlib.decompressobj(GZIP_WINDOW)
    try:
        while data and not inflater.eof:
            yield inflater.decompress(data, CHUNK_BYTES)
            data = inflater.unconsumed_tail or inflater.unused_data or stream.read(CHUNK_BYTES)
    except zlib.error as error:
        raise Rejection("DOCUMENT_NOT_GZIP", str(error)) from error
    if data or not inflater.eof:
        raise Rejection("DOCUMENT_NOT_GZIP", "the compressed data is cut off, or something follows it")
