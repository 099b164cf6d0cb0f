"""User data that is no text: compressed files, and bytes in base64."""

from __future__ import annotations

import base64
import gzip

import pytest

from reconciler.model import Key
from reconciler.targets.openstack.kinds.server import ServerSpec, _user_data
from tests.documents.commits import catalog_of, problems_of

ALL = """\
apiVersion: magi/v1alpha1
kind: Vim
metadata: {name: paris}
spec: {type: openstack}
---
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {name: fw}
spec:
  connectionPoints: [{name: in}]
  parameters: PARAMETERS
  vdus:
    - name: fw
      image: debian
      flavor: small
      metadata: {site: "METADATA"}
      interfaces: [{name: eth0, connectionPoint: in}]
      userData: USER_DATA
---
apiVersion: magi/v1alpha1
kind: NetworkService
metadata: {name: edge}
spec:
  vim: paris
  virtualLinks: [{name: lan, cidr: 10.1.0.0/24}]
  vnfs: [{name: fw, descriptor: fw, connect: {in: lan}VALUES}]
"""
BYTES = bytes(range(256)) + b"{{ site }} {{"


def repository(user_data: str, content: bytes = b"", *, parameters: bool = False) -> dict[str, str | bytes]:
    text = ALL.replace("USER_DATA", user_data)
    for name, value, without in (
        ("PARAMETERS", "[{name: site, type: string}]", "[]"),
        ("VALUES", ", parameters: {site: north}", ""),
        ("METADATA", "{{ site }}", "none"),
    ):
        text = text.replace(name, value if parameters else without)
    return {"all.yaml": text, "boot.gz": content} if content else {"all.yaml": text}


def handed(files: dict[str, str | bytes]) -> bytes:
    """The bytes that the instance gets."""
    spec = catalog_of(files).desired["paris"][Key("paris", "server", "edge/fw/fw-0")].spec
    assert isinstance(spec, ServerSpec)
    return base64.b64decode(_user_data(spec) or "")


@pytest.mark.parametrize("parameters", [False, True])
def test_a_compressed_file_is_handed_over_as_it_is(parameters: bool) -> None:
    content = gzip.compress(BYTES, mtime=0) + b"{{ site }}{{"
    assert handed(repository("{file: boot.gz}", content, parameters=parameters)) == content


@pytest.mark.parametrize("parameters", [False, True])
def test_bytes_in_base64_are_handed_over_as_bytes(parameters: bool) -> None:
    text = base64.encodebytes(BYTES).decode().replace("\n", " ")
    assert handed(repository(f"{{base64: '{text}'}}", parameters=parameters)) == BYTES


def test_other_bytes_in_a_file_are_refused_with_what_would_do() -> None:
    [reported] = problems_of(repository("{file: boot.gz}", b"caf\xe9\n"))
    assert reported == (
        "boot.gz:1:1: user data must be UTF-8 text "
        "(all.yaml uses it; compress it with gzip, or give other bytes as userData.base64)"
    )


@pytest.mark.parametrize(
    ("user_data", "reported"),
    [
        (
            "{base64: 'AAA'}",
            "all.yaml:18:26: this is no base64 ('base64 FILE' prints it",
        ),
        ("{base64: '%%%%'}", "all.yaml:18:26: "),
        (
            f"{{base64: '{base64.b64encode(b'x' * 49_150).decode()}'}}",
            "all.yaml:18:26: user data has 49,150 bytes",
        ),
        ("{base64: 'AAAA', inline: x}", "all.yaml:18:7: exactly one of"),
    ],
)
def test_what_is_wrong_with_base64_is_reported(user_data: str, reported: str) -> None:
    [found] = problems_of(repository(user_data))
    assert found.startswith(reported)


def test_another_content_is_another_digest() -> None:
    first = catalog_of(repository("{file: boot.gz}", gzip.compress(b"one", mtime=0)))
    second = catalog_of(repository("{file: boot.gz}", gzip.compress(b"two", mtime=0)))
    key = Key("paris", "server", "edge/fw/fw-0")
    assert first.desired["paris"][key].spec != second.desired["paris"][key].spec
