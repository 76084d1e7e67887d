"""Recursive length prefix, read strictly: one spelling for each value."""

from collections.abc import Sequence

Item = bytes | list["Item"]


def decode(data: bytes) -> Item:
    """Raises ValueError where the bytes are not exactly one item in its one spelling."""
    item, end = _read(data, 0, len(data), depth=16)
    if end != len(data):
        raise ValueError("bytes follow the item")
    return item


def encode(item: Item) -> bytes:
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _prefix(len(item), 0x80) + item
    body = b"".join(map(encode, item))
    return _prefix(len(body), 0xC0) + body


def encode_integer(value: int) -> bytes:
    """An integer without leading zeros; 0 is empty."""
    return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def decode_integer(item: Item) -> int:
    data = as_bytes(item)
    if data[:1] == b"\0" or len(data) > 32:
        raise ValueError("an integer has leading zeros, or more than 256 bits")
    return int.from_bytes(data, "big")


def as_bytes(item: Item) -> bytes:
    if not isinstance(item, bytes):
        raise ValueError("a list stands where bytes belong")
    return item


def as_list(item: Item, lengths: Sequence[int] = ()) -> list[Item]:
    """A list, of one of these lengths where any are named."""
    if not isinstance(item, list) or (lengths and len(item) not in lengths):
        raise ValueError("bytes, or a list of another length, stand where a list belongs")
    return item


def _prefix(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(size)]) + size


def _read(data: bytes, at: int, stop: int, depth: int) -> tuple[Item, int]:
    if at >= stop or depth == 0:
        raise ValueError("the item is cut off, or nested too deeply")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    offset = 0x80 if first < 0xC0 else 0xC0
    start, end = _bounds(data, at, stop, first - offset)
    if offset == 0x80:
        if end - start == 1 and data[start] < 0x80:
            raise ValueError("a small byte has a prefix")
        return data[start:end], end
    items: list[Item] = []
    while start < end:
        item, start = _read(data, start, end, depth - 1)
        items.append(item)
    return items, end


def _bounds(data: bytes, at: int, stop: int, code: int) -> tuple[int, int]:
    start = at + 1
    length = code
    if code > 55:
        size = data[start : start + code - 55]
        start += code - 55
        length = int.from_bytes(size, "big")
        if size[:1] == b"\0" or length < 56:
            raise ValueError("a length is spelt longer than it need be")
    if start + length > stop:
        raise ValueError("the item is cut off")
    return start, start + length
