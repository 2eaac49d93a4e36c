"""A checksum over all bytes of a safetensors file, in its own metadata.

It is BLAKE2b with 256 bits, of the file with zeros in the place of the checksum.
"""

from __future__ import annotations

import hmac
import re
from hashlib import blake2b

from glassprop.errors import ModelFileError

KEY = "checksum"
NONE = "0" * 64
_PLACE = re.compile(rb'"checksum":"([0-9a-f]{64})"')
"""In the header; within other texts of the JSON there, quotation marks have a \\ before them."""


def put_into(content: bytes) -> bytes:
    """A file that has `NONE` as its checksum with the right one."""
    place = _found(content)
    if place is None:
        raise AssertionError("the metadata have no place for a checksum")
    return b"".join((content[: place.start(1)], _digest(content), content[place.end(1) :]))


def require(content: bytes) -> None:
    """Refuse a file whose bytes are not those that its checksum is of.

    Raises:
        ModelFileError: saying that it is damaged.
    """
    place = _found(content)
    if place is not None:
        parts = content[: place.start(1)], NONE.encode(), content[place.end(1) :]
        if hmac.compare_digest(place[1], _digest(b"".join(parts))):
            return
    raise ModelFileError("is torn or damaged: its bytes are not those that its checksum is of")


def _found(content: bytes) -> re.Match[bytes] | None:
    return _PLACE.search(content, 8, 8 + int.from_bytes(content[:8], "little"))


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=32).hexdigest().encode()
