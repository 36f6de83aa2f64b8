"""How members of OpenDocument packages are locked: what their manifest says, and unlocking with a password.

Three ways are read: Blowfish in 64-bit CFB mode (OpenDocument 1.0 to 1.2, OpenOffice and older LibreOffice), AES-256
in CBC mode (OpenDocument 1.2 and later), both with a key that PBKDF2 derives; and AES-256 in GCM mode over the whole
package, with a key that Argon2id derives (LibreOffice 24.8 and later).
"""

import hashlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from lxml import etree

from corpus.extraction.extracted import ExtractionFailure
from corpus.extraction.failures import quarantined

SPACE = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_EXTENSION = "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"
# LibreOffice 7 asks for 100,000 rounds, 24.8 for 3 of 64 MiB; a hostile file must not set how long the machine works.
_MOST_ROUNDS = 1_000_000
_MOST_PASSES = 10
_MOST_KIB = 256 << 10
_MOST_LANES = 16
_STARTS = {
    "": "sha1",
    "SHA1": "sha1",
    "SHA256": "sha256",
    "http://www.w3.org/2000/09/xmldsig#sha256": "sha256",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
}
_CHECKS = {"": "", "SHA1/1K": "sha1", f"{SPACE}#sha1-1k": "sha1", f"{SPACE}#sha256-1k": "sha256"}

Derive = Callable[[bytes], bytes]
"""The key from what begins it."""
Decrypt = Callable[[bytes, bytes], bytes | None]
"""Clear bytes from the key and the sealed bytes; None when the key is seen to be another."""


@dataclass(frozen=True, slots=True)
class Lock:
    """How one member is locked.

    Attributes:
        start: the hash of the password that the key is derived from.
        check: the hash of the first kilobyte once unlocked, ``checksum`` its value; "" when the cipher proves itself.
    """

    start: str
    derive: Derive
    decrypt: Decrypt
    check: str
    checksum: bytes

    def unlock(self, sealed: bytes, password: str) -> bytes | None:
        """The member's compressed bytes; None when the password is another."""
        for written in self._writings(password):
            first = hashlib.new(self.start, written, usedforsecurity=False).digest()
            clear = self.decrypt(self.derive(first), sealed)
            if clear is not None and (not self.check or self._digest(clear) == self.checksum):
                return clear
        return None

    def _digest(self, clear: bytes) -> bytes:
        return hashlib.new(self.check, clear[:1024], usedforsecurity=False).digest()

    def _writings(self, password: str) -> Iterator[bytes]:
        yield password.encode()
        # The oldest writers hashed the password in the system's own code page.
        if self.start == "sha1" and not password.isascii():
            yield password.encode("cp1252", "replace")


def read_lock(data: etree._Element) -> Lock:
    """What an ``encryption-data`` element says.

    Raises:
        ExtractionFailure: QUARANTINED, it is another way than those read, or asks for too much work.
        ValueError: it is spoilt.
    """

    def said(element: str, name: str, space: str = SPACE) -> str:
        found = data.find(f"{{{SPACE}}}{element}")
        return (found.get(f"{{{space}}}{name}") or "") if found is not None else ""

    start = _STARTS.get(said("start-key-generation", "start-key-generation-name"))
    check = _CHECKS.get(data.get(f"{{{SPACE}}}checksum-type") or "")
    vector, salt = b64decode(said("algorithm", "initialisation-vector")), b64decode(said("key-derivation", "salt"))
    cipher = said("algorithm", "algorithm-name").rpartition("#")[2]
    derivation = said("key-derivation", "key-derivation-name").rpartition(":")[2]
    if start is None or check is None:
        raise _unread()
    derive: Derive
    decrypt: Decrypt
    if derivation == "PBKDF2":
        rounds = int(said("key-derivation", "iteration-count") or 1024)
        if not check or not 1 <= rounds <= _MOST_ROUNDS:
            raise _unread()
        size = {"aes256-cbc": 32, "Blowfish CFB": int(said("key-derivation", "key-size") or 16)}.get(cipher)
        if size is None or not 4 <= size <= 56:
            raise _unread()
        decrypt = _cbc(vector) if cipher == "aes256-cbc" else _blowfish(vector)

        def derive(first: bytes) -> bytes:
            return hashlib.pbkdf2_hmac("sha1", first, salt, rounds, size)
    elif derivation == "argon2id" and cipher == "aes256-gcm":
        passes, kib, lanes = (
            int(said("key-derivation", f"argon2-{name}", _EXTENSION)) for name in ("iterations", "memory", "lanes")
        )
        if not (1 <= passes <= _MOST_PASSES and 8 * lanes <= kib <= _MOST_KIB and 1 <= lanes <= _MOST_LANES):
            raise _unread()
        decrypt = _gcm(vector)

        def derive(first: bytes) -> bytes:
            derived = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=kib)
            return derived.derive(first)
    else:
        raise _unread()
    return Lock(start, derive, decrypt, check, b64decode(data.get(f"{{{SPACE}}}checksum") or ""))


def _cbc(vector: bytes) -> Decrypt:
    def decrypt(key: bytes, sealed: bytes) -> bytes | None:
        decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        return padded[: -padded[-1]] if padded and 1 <= padded[-1] <= 16 else None

    return decrypt


def _blowfish(vector: bytes) -> Decrypt:
    def decrypt(key: bytes, sealed: bytes) -> bytes:
        decryptor = Cipher(Blowfish(key), CFB(vector)).decryptor()
        return decryptor.update(sealed) + decryptor.finalize()

    return decrypt


def _gcm(vector: bytes) -> Decrypt:
    def decrypt(key: bytes, sealed: bytes) -> bytes | None:
        # The vector stands before what is sealed, the tag after it.
        if sealed[: len(vector)] != vector:
            raise ValueError("the vector is another")
        try:
            return AESGCM(key).decrypt(vector, sealed[len(vector) :], None)
        except InvalidTag:
            return None

    return decrypt


def _unread() -> ExtractionFailure:
    return quarantined(
        "Document OpenDocument protégé d’une manière qui n’est pas lue",
        remedy="Ouvrez-le dans LibreOffice avec son mot de passe, enregistrez-le sans mot de passe et redéposez-le",
    )
