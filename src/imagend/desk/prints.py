"""Whether this gateway has the secrets of the installation: a database remembers what they were begun with.

Two gateways with different peppers would each refuse the other's keys, and links of one would not open at the other.
What is kept is an HMAC of a constant: it tells whether a secret is the same, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac

from imagend.core.errors import BadSetting
from imagend.store.base import Store


def check_secret(store: Store, name: str, secret: bytes) -> None:
    """name: of the file that the secret lies in. Raises BadSetting if the database was begun with another one."""
    print_ = hmac.new(secret, f"imagend installation: {name}".encode(), hashlib.sha256).hexdigest()
    kept = store.read(lambda reads: reads.secret_print(name))
    if kept is None:
        kept = store.write(lambda tx: tx.keep_secret_print(name, print_))
    if not hmac.compare_digest(kept, print_):
        raise BadSetting(
            f"secrets_dir: {name} is not the one that this database was begun with; all gateways need the same files, "
            "a lost one comes from a backup"
        )
