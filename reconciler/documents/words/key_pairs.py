"""Key pairs of a descriptor."""

from __future__ import annotations

from reconciler.documents.words.declaring import Word, declare, word
from reconciler.documents.words.rules import exactly_one
from reconciler.documents.words.scalars import CloudName, Name


@word(
    "keyPair",
    title="Key pair",
    examples=[
        {
            "name": "operations",
            "publicKey": (
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQwYp5mZBHjXl2iNn7rXb4zq0Q0f8gF4hO0v7Qe3m1K ops@example.net"
            ),
        }
    ],
    rules=exactly_one("publicKey", "existing"),
)
class KeyPair(Word):
    """An SSH public key that VDUs may be given: written here, or one that the VIM holds."""

    name: Name = declare(
        "Name",
        "Name of the key pair; VDUs refer to it.",
        examples=["operations"],
    )
    public_key: str | None = declare(
        "Public key",
        (
            "SSH public key, as in a .pub file; the comment at its end is dropped. Private keys never belong in Git. "
            "Excludes 'existing'."
        ),
        default=None,
        examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQwYp5mZBHjXl2iNn7rXb4zq0Q0f8gF4hO0v7Qe3m1K ops@example.net"],
        maxLength=16384,
        pattern="^(ssh-|ecdsa-|sk-)[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\\r\\n]*)?\\n?$",
        patternErrorMessage="an SSH public key in one line is needed, as in a .pub file: 'ssh-ed25519 AAAA... comment'",
    )
    existing: CloudName | None = declare(
        "Existing key pair",
        "Name of a key pair that the user of the VIM already has: used, never changed. Excludes 'publicKey'.",
        default=None,
        examples=["operations-2026"],
    )
