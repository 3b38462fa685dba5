"""Encrypted files in MindSpore's frame. The ciphers are those of the package ``cryptography``.

An encrypted file is a sequence of blocks, each of up to 64 MiB of the plain file, encrypted apart from the
others. All numbers are 4 bytes, little-endian::

    magic | tag: 16 bytes (AES-GCM alone) | size of the rest | 16 | iv: 16 bytes | size of the text | text

The magic number names the mode. AES-GCM uses the first 12 bytes of the iv, and its tag authenticates the
text; in the CBC modes the text is padded (PKCS #7), and a change in it can go unnoticed.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from paraminit.errors import ArgumentTypeError, ArgumentValueError, CheckpointError, MissingPackageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

__all__ = ["Encryption", "decrypted", "encrypted", "encryption_asked", "mode_of_file"]

_BLOCK = 1 << 26
_TAG, _IV, _NONCE = 16, 16, 12
_KEY_SIZES = {"AES-GCM": (16, 24, 32), "AES-CBC": (16, 24, 32), "SM4-CBC": (16,)}
_MAGIC = {"AES-GCM": b"\xd8\x5e\x3a\x7f", "AES-CBC": b"\xd9\x5e\x3a\x7f", "SM4-CBC": b"\xda\x5e\x3a\x7f"}


@dataclass(frozen=True)
class Encryption:
    """A key and how it is used.

    Args:
        key: 16, 24 or 32 bytes; 16 for SM4.
        mode: "AES-GCM", "AES-CBC" or "SM4-CBC".
    """

    key: bytes = field(repr=False)
    mode: str

    @property
    def authenticates(self) -> bool:
        """Whether what could be decrypted is what was encrypted."""
        return self.mode == "AES-GCM"


def encryption_asked(who: str, prefix: str, key: object, mode: object, format: str) -> Encryption | None:
    """What the arguments ask for, checked; None without a key.

    Args:
        who: the function that was called.
        prefix: of its arguments: "enc" or "dec".
        key: its argument of that name.
        mode: likewise.
        format: of the file.

    Raises:
        ArgumentTypeError: the key is not bytes, or the mode no str.
        ArgumentValueError: no such mode; a key of another length; a safetensors file.
        MissingPackageError: ``cryptography`` is not installed.
    """
    if not isinstance(mode, str):
        raise ArgumentTypeError(f"{who}: {prefix}_mode must be a str, got {mode!r}.")
    if key is None:
        return None
    if not isinstance(key, bytes):
        raise ArgumentTypeError(f"{who}: {prefix}_key must be bytes, got a {type(key).__name__}.")
    if mode not in _KEY_SIZES:
        raise ArgumentValueError(
            f"{who}: {prefix}_mode must be 'AES-GCM', 'AES-CBC' or 'SM4-CBC', got {mode!r}."
        )
    if len(key) not in _KEY_SIZES[mode]:
        sizes = " or ".join(", ".join(map(str, _KEY_SIZES[mode])).rsplit(", ", 1))
        raise ArgumentValueError(f"{who}: {prefix}_key must have {sizes} bytes for {mode}, got {len(key)}.")
    if format != "ckpt":
        raise ArgumentValueError(
            f"{who}: {prefix}_key goes with format='ckpt' alone: an encrypted file is no safetensors file."
        )
    if find_spec("cryptography") is None:
        raise MissingPackageError(
            f"{who}: {prefix}_key needs the package cryptography, which is not installed. "
            "Install it: pip install 'paraminit[crypto]'."
        )
    return Encryption(key, mode)


def mode_of_file(path: Path) -> str | None:
    """How a file is encrypted, from its first bytes; None if it is not."""
    with path.open("rb") as file:
        start = file.read(4)
    return next((mode for mode, magic in _MAGIC.items() if magic == start), None)


def encrypted(pieces: Iterable[bytes], how: Encryption) -> Iterator[bytes]:
    """The blocks of an encrypted file.

    Args:
        pieces: the plain file, in parts of any size.
        how: the key and the mode.
    """
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= _BLOCK:
            yield _framed(bytes(waiting[:_BLOCK]), how)
            del waiting[:_BLOCK]
    if waiting:
        yield _framed(bytes(waiting), how)


def decrypted(path: Path, how: Encryption) -> bytearray:
    """The plain contents of a file, none of which is written anywhere.

    Raises:
        CheckpointError: the file is not encrypted, or in another mode, truncated or damaged; or the key is
            not its.
    """
    found = mode_of_file(path)
    if found is None:
        raise CheckpointError(f"{path} is not encrypted, or damaged. If it is not, leave dec_key out.")
    if found != how.mode:
        raise CheckpointError(f"{path} is encrypted with {found}, and dec_mode says {how.mode!r}.")
    plain = bytearray()
    with path.open("rb") as file:
        while file.peek(1):
            plain += _opened(path, file, how)
    return plain


def _framed(plain: bytes, how: Encryption) -> bytes:
    iv = secrets.token_bytes(_IV)
    text, tag = _encrypt(plain, iv, how)
    rest, iv_size, size = (n.to_bytes(4, "little") for n in (len(text) + _IV + 8, _IV, len(text)))
    return b"".join((_MAGIC[how.mode], tag, rest, iv_size, iv, size, text))


def _opened(path: Path, file: io.BufferedReader, how: Encryption) -> bytes:
    def take(count: int) -> bytes:
        taken = file.read(count)
        if len(taken) != count:
            raise CheckpointError(
                f"{path} is truncated: at byte {file.tell() - len(taken)} an encrypted block needs {count} "
                f"bytes, the file has {len(taken)}."
            )
        return taken

    magic, tag = take(4), take(_TAG if how.authenticates else 0)
    rest, iv_size = _number(take(4)), _number(take(4))
    iv, size = take(_IV), _number(take(4))
    if magic != _MAGIC[how.mode] or iv_size != _IV or rest != size + _IV + 8:
        raise CheckpointError(
            f"{path} is damaged: what ends at byte {file.tell()} begins no encrypted block."
        )
    return _decrypt(path, take(size), tag, iv, how)


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def _encrypt(plain: bytes, iv: bytes, how: Encryption) -> tuple[bytes, bytes]:
    """The text and, in AES-GCM, its tag."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.padding import PKCS7

    if how.authenticates:
        sealed = AESGCM(how.key).encrypt(iv[:_NONCE], plain, None)
        return sealed[:-_TAG], sealed[-_TAG:]
    padder, encryptor = PKCS7(8 * _IV).padder(), _chained(how, iv).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return encryptor.update(padded) + encryptor.finalize(), b""


def _decrypt(path: Path, text: bytes, tag: bytes, iv: bytes, how: Encryption) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.padding import PKCS7

    try:
        if how.authenticates:
            return AESGCM(how.key).decrypt(iv[:_NONCE], text + tag, None)
        decryptor, unpadder = _chained(how, iv).decryptor(), PKCS7(8 * _IV).unpadder()
        return unpadder.update(decryptor.update(text) + decryptor.finalize()) + unpadder.finalize()
    except (InvalidTag, ValueError) as error:
        raise CheckpointError(
            f"{path} cannot be decrypted: it is damaged, or was saved with another key than dec_key."
        ) from error


def _chained(how: Encryption, iv: bytes) -> Cipher[CBC]:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    cipher = algorithms.SM4 if how.mode == "SM4-CBC" else algorithms.AES
    return Cipher(cipher(how.key), modes.CBC(iv))
