"""Who serves which target, where several daemons with the same settings share them by an etcd.

members  what the loop asks: who serves what, and whether a target may be written to now; alone: everything
ring     the same for a member of a group: a hash ring over the targets, a lock of each as the fence, one thread
etcd     what a member asks etcd: leases, members, locks, and what is published below these. One file knows tooz
"""

from reconciler.coordination.members import ALONE, NOTHING, Alone, Members, Published, TargetId
from reconciler.coordination.ring import Ring, Times, open_members

__all__ = ["ALONE", "NOTHING", "Alone", "Members", "Published", "Ring", "TargetId", "Times", "open_members"]
