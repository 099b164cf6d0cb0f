"""Events, sent to receivers outside: CloudEvents that are signed, and messages for chats.

notices   what is sent of an event, bounded, and to whom
forms     the body of a request, in the format of a receiver; pure
sending   one request, and what its answer means
receiver  the queue of one receiver, and the thread that empties it
notifier  all receivers, as the settings have them
"""

from reconciler.reporting.notifications.notifier import Notifier
from reconciler.reporting.notifications.sending import check_receiver

__all__ = ["Notifier", "check_receiver"]
