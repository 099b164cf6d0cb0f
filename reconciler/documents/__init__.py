"""From files to the desired state. The only package that knows what a network service is. Its stages, in their order:

reading    text -> plain data with places, held against the schema of its kind; problems with their places
words      plain data -> frozen dataclasses, which the schemas and reference pages are made from
choosing   sets, templates, placements, flavours, parameters of a service: everything written out
policy     consent, guards, approvals, owners, tolerated drift
checking   what no schema can see: names, addresses, sizes, where everything is placed
blueprint  what a service whose checks found nothing needs, in ETSI's words and without a cloud
lowering   the door to the types of targets, which make Desired of a blueprint
gathering  which files belong to the documents, each read once; overlays merged
composing  documents by name, with sets and templates written out
rendering  the documents as plain data again, once all is written out
library    all of it for a commit, what is unchanged kept
"""

from reconciler.documents.collect import Documents
from reconciler.documents.library import Library
from reconciler.documents.reading.editing import with_flag
from reconciler.documents.reading.files import Files
from reconciler.documents.reading.parsing import parse
from reconciler.documents.rendering import rendered, yaml_of

__all__ = ["Documents", "Files", "Library", "parse", "rendered", "with_flag", "yaml_of"]
