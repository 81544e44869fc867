"""Secrets that must be read back are kept sealed: AES-256-GCM under a key that lies beside the pepper.

What is sealed names its owner in the authenticated data, so a sealed text that is moved to another row opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from imagend.core.errors import BadSetting

NONCE_BYTES = 12


class Vault:
    def __init__(self, master: bytes, draw_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """`master`: 32 bytes. `draw_bytes(n)`: n unguessable bytes."""
        self._cipher = AESGCM(master[:32])
        self._key_id = hashlib.sha256(b"imagend vault\n" + master).hexdigest()[:8]
        self._draw_bytes = draw_bytes

    def draw(self, length: int) -> bytes:
        return self._draw_bytes(length)

    def seal(self, secret: bytes, owner: str) -> str:
        """`key id:base64 of nonce and ciphertext`."""
        nonce = self._draw_bytes(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret, owner.encode())
        return f"{self._key_id}:{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, owner: str) -> bytes:
        """Raises BadSetting when it was sealed with another key, or for another owner."""
        key_id, _, text = sealed.partition(":")
        data = base64.b64decode(text)
        try:
            return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], owner.encode())
        except InvalidTag:
            raise BadSetting(f"secrets of {owner} need vault key {key_id}, this server has {self._key_id}") from None
