"""The policies of the development clouds are made again when the rights are others."""

from devcloud.policies import MADE_FROM
from reconciler.targets.openstack.kinds import KINDS


def test_the_files_that_policies_are_made_from_are_there() -> None:
    assert [str(file) for file in MADE_FROM if not file.is_file()] == []


def test_the_file_of_each_kind_is_among_them() -> None:
    files = {f"{type(kind).__module__.rpartition('.')[2]}.py" for kind in KINDS}
    assert files <= {file.name for file in MADE_FROM}
