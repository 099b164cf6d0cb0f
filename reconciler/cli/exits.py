"""The exit codes, one a class of errors, for scripts."""

from reconciler.model import ConfigError, DocumentsError, ForgeError, MagiError, TargetUnknown
from reconciler.source import SourceError

FINE = 0
DOCUMENTS = 1
CHANGES = 2
SOURCE = 3
CONFIG = 4
TARGET = 5
STEPS = 6
OUTDATED = 7
FORGE = 8
USAGE = 64
DEFECT = 70
INTERRUPTED = 130


def code_of(error: MagiError) -> int:
    """The exit code for an error that ended a command."""
    for kind, code in (
        (DocumentsError, DOCUMENTS),
        (SourceError, SOURCE),
        (ConfigError, CONFIG),
        (TargetUnknown, TARGET),
        (ForgeError, FORGE),
    ):
        if isinstance(error, kind):
            return code
    return STEPS
