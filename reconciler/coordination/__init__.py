"""Who serves which target, where several daemons with the same settings share them by an etcd.

members  what the loop asks: who serves what, and whether a target may be written to now; alone: everything
ring     the same for a member of a group: a hash ring over the targets, a lock of each as the fence, one thread
etcd     what a member asks etcd: its leases, who else is there, the locks. One file knows tooz, when a URL is set
"""

from reconciler.coordination.members import ALONE, Alone, Members, TargetId
from reconciler.coordination.ring import Ring, Times, open_members

__all__ = ["ALONE", "Alone", "Members", "Ring", "TargetId", "Times", "open_members"]
