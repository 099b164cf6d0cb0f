"""What the policies of the development cloud are made from is there."""

from devcloud.policies import MADE_FROM


def test_the_files_that_the_policies_are_made_from_are_there() -> None:
    assert [str(file) for file in MADE_FROM if not file.is_file()] == []
