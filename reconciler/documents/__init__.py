"""From files to what is wanted. The only room that knows what a network service is.

yaml_loader   text -> plain data with places      schema      the shape of each kind
descriptor    a VnfDescriptor in itself           service     a NetworkService and what it names:
links         virtual links and their subnets     vnfs, routing   its parts; placed   where they stand
collect       what stands in a commit as a whole  expand      a placed service -> Desired
    library       all of it for a commit, what is unchanged kept
    editing       one value in a text, for commands that commit
"""

from reconciler.documents.collect import Files
from reconciler.documents.library import Library
from reconciler.documents.parsed_files import parse
from reconciler.documents.reading.editing import with_flag

__all__ = ["Files", "Library", "parse", "with_flag"]
