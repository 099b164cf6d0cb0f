"""What people write, as types: a frozen dataclass for each thing in a document, and for each kind of document.

From these classes come the JSON Schemas, the reference pages of the fields, and what the rest of the room works with.
"""

from reconciler.documents.words.descriptor import VnfDescriptor
from reconciler.documents.words.overlay import Overlay
from reconciler.documents.words.policy import Policy
from reconciler.documents.words.service import NetworkService
from reconciler.documents.words.service_set import NetworkServiceSet
from reconciler.documents.words.service_template import NetworkServiceTemplate
from reconciler.documents.words.vim import Vim
from reconciler.documents.words.written import DOCUMENTS, Written, WrittenFile, document_of, read_file, service_of

__all__ = [
    "DOCUMENTS",
    "NetworkService",
    "NetworkServiceSet",
    "NetworkServiceTemplate",
    "Overlay",
    "Policy",
    "Vim",
    "VnfDescriptor",
    "Written",
    "WrittenFile",
    "document_of",
    "read_file",
    "service_of",
]
