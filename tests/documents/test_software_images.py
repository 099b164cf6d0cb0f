"""Software images of a descriptor: what they become, and what is wrong with them."""

from __future__ import annotations

import pytest

from reconciler.model import Key, Opaque
from reconciler.targets.openstack.kinds.image import ImageSpec, software_image_key
from reconciler.targets.openstack.kinds.server import ServerSpec
from reconciler.targets.openstack.kinds.volume import VolumeSpec
from tests.documents.commits import catalog_of, problems_of

CHECKSUM = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
URL = "https://images.example.net/fw.qcow2"
DOCUMENTS = f"""\
{{apiVersion: magi/v1alpha1, kind: Vim, metadata: {{name: paris}}, spec: {{type: openstack}}}}
---
apiVersion: magi/v1alpha1
kind: VnfDescriptor
metadata: {{name: firewall}}
spec:
  softwareImages:
    - name: fw-3.1
      url: {URL}
      checksum: {CHECKSUM}
      diskFormat: qcow2
      minDisk: 2
      properties: {{os_type: linux, hw_rng_model: virtio}}
  vdus:
    - {{name: fw, image: fw-3.1, flavor: m1.small, count: 2}}
---
{{apiVersion: magi/v1alpha1, kind: NetworkService, metadata: {{name: vcpe}},
  spec: {{vim: paris, vnfs: [{{name: fw, descriptor: firewall}}]}}}}
"""
SPEC = ImageSpec(
    Opaque(CHECKSUM, URL), "qcow2", min_disk=2, properties=(("hw_rng_model", "virtio"), ("os_type", "linux"))
)
IMAGE = software_image_key("paris", SPEC)
FW = Key("paris", "server", "vcpe/fw/fw-0")


def changed(old: str, new: str) -> dict[str, str | bytes]:
    assert old in DOCUMENTS
    return {"all.yaml": DOCUMENTS.replace(old, new)}


def image_of_server(texts: dict[str, str | bytes]) -> Key:
    spec = catalog_of(texts).desired["paris"][FW].spec
    assert isinstance(spec, ServerSpec)
    return spec.image


def test_a_vim_gets_one_image_for_all_instances_and_where_it_is_said() -> None:
    desired = catalog_of({"all.yaml": DOCUMENTS}).desired["paris"]
    assert [key for key in desired if key.kind == "software-image"] == [IMAGE]
    assert (desired[IMAGE].spec, desired[IMAGE].place.line) == (SPEC, 8)
    found = desired[IMAGE].spec
    assert isinstance(found, ImageSpec)
    assert found.content.content == URL
    assert image_of_server({"all.yaml": DOCUMENTS}) == IMAGE
    assert IMAGE.name.startswith("sha256:5891b5b522d5df08-")
    assert IMAGE.service == ""


def test_a_boot_volume_is_made_of_it() -> None:
    desired = catalog_of(changed("count: 2", "bootVolume: {size: 10}")).desired["paris"]
    volume = desired[Key("paris", "volume", f"{FW.name}/root")].spec
    assert isinstance(volume, VolumeSpec)
    assert volume.image == IMAGE


def test_another_source_is_the_same_image_and_another_property_is_not() -> None:
    assert image_of_server(changed(f"url: {URL}", "file: fw.qcow2")) == IMAGE
    assert image_of_server(changed("os_type: linux", "os_type: windows")) != IMAGE


def test_a_vim_with_a_variant_of_its_own_gets_none() -> None:
    texts = changed("{type: openstack}", "{type: openstack, images: {fw-3.1: Firewall 3.1}}")
    assert image_of_server(texts) == Key("paris", "image", "Firewall 3.1")
    assert not any(key.kind == "software-image" for key in catalog_of(texts).desired["paris"])


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ("image: fw-3.1", "image: fw-3", "all.yaml:8:13: no VDU has software image 'fw-3.1' (remove it, or name it in"),
        ("os_type: linux", "size: '1'", "all.yaml:13:20: property 'size' of software image 'fw-3.1' is set by Glance"),
        (
            "os_type",
            "magi_key",
            "all.yaml:13:20: property 'magi_key' of software image 'fw-3.1' is set by Glance, Nova or",
        ),
        (CHECKSUM, "sha256:12", "all.yaml:10:17: wrong value 'sha256:12' in spec.softwareImages[0].checksum: "),
        (URL, "ftp://fw", "all.yaml:9:12: wrong value 'ftp://fw' in spec.softwareImages[0].url: a URL that"),
        (
            f"url: {URL}",
            "file: /etc/shadow",
            "all.yaml:9:13: wrong value '/etc/shadow' in spec.softwareImages[0].file: a path",
        ),
        (f"      url: {URL}\n", "", "all.yaml:8:7: exactly one of 'url', 'file' is needed in spec.softwareImages[0]"),
        (
            "qcow2\n      min",
            "qcow\n      min",
            "all.yaml:11:19: wrong value in spec.softwareImages[0].diskFormat: expected",
        ),
    ],
)
def test_what_is_wrong_with_an_image_is_reported_where_it_stands(old: str, new: str, reported: str) -> None:
    (said, *_) = problems_of(changed(old, new))
    assert said.startswith(reported)


def test_two_images_of_one_name() -> None:
    again = "diskFormat: raw}\n    - name: fw-3.1\n"
    first = f"    - {{name: fw-3.1, url: {URL}, checksum: '{CHECKSUM}', {again}"
    assert problems_of(changed("    - name: fw-3.1\n", first)) == [
        "all.yaml:9:13: software image 'fw-3.1' is there twice (the first is in line 8)"
    ]
