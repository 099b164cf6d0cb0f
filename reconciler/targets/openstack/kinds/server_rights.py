"""The policy rules of Nova behind each request that is made about servers, and behind their listing."""

from __future__ import annotations

from reconciler.targets.openstack.kinds.declared import BY_ITSELF, NOVA, Right, read_right
from reconciler.targets.openstack.kinds.image import FETCHED
from reconciler.targets.openstack.kinds.users import SERVERS
from reconciler.targets.openstack.kinds.volume import ATTACHING

SERVERS_PATH = "/servers"
SERVER = "/servers/{id}"


def _right(
    method: str, route: str, rule: str, action: str = "", purpose: str = "", behind: tuple[str, ...] = ()
) -> Right:
    return Right("compute", method, route, (f"{NOVA}{rule}",), action=action, purpose=purpose, behind=behind)


def _action_right(name: str, rule: str, purpose: str, behind: tuple[str, ...] = ()) -> Right:
    return _right("POST", f"{SERVER}/action", rule, name, purpose, behind)


SERVER_RIGHTS = (
    read_right("compute", SERVERS.path, f"{NOVA}servers:detail", f"{NOVA}servers:show:flavor-extra-specs"),
    read_right("compute", SERVER, f"{NOVA}servers:show", purpose=BY_ITSELF, dispensable=True),
    Right(
        "compute",
        "POST",
        SERVERS_PATH,
        (f"{NOVA}servers:create", f"{NOVA}servers:create:attach_network"),
        further=(f"{NOVA}servers:create:attach_volume",),
        behind=(*FETCHED, "network get_network", "network get_port", "block-storage volume:get", *ATTACHING),
    ),
    _right("PUT", SERVER, "servers:update", purpose="its name"),
    _right(
        "DELETE",
        SERVER,
        "servers:delete",
        behind=("block-storage volume:get", "block-storage volume:attachment_delete"),
    ),
    _right("PUT", f"{SERVER}/metadata", "server-metadata:update_all"),
    _right("POST", f"{SERVER}/metadata", "server-metadata:create", purpose="`magi adopt`"),
    _right("PUT", f"{SERVER}/tags/{{part}}", "os-server-tags:update", purpose="`magi adopt`"),
    _right("DELETE", f"{SERVER}/tags/{{part}}", "os-server-tags:delete", purpose="`magi disown`"),
    Right(
        "compute",
        "POST",
        f"{SERVER}/os-interface",
        (f"{NOVA}os-attach-interfaces:create", f"{NOVA}os-attach-interfaces:show"),
        behind=("network get_port",),
    ),
    _action_right("rebuild", "servers:rebuild", "a changed image or user data, healing", FETCHED),
    _action_right("resize", "servers:resize", "a changed flavor"),
    _action_right("confirmResize", "servers:confirm_resize", "a changed flavor"),
    _action_right("reboot", "servers:reboot", "healing"),
    _action_right("os-stop", "servers:stop", "`operate: stopped`"),
    _action_right("os-start", "servers:start", "a server that stopped"),
    _action_right("unpause", "os-pause-server:unpause", "a server that someone paused"),
    _action_right("resume", "os-suspend-server:resume", "a server that someone suspended"),
    _action_right("unshelve", "os-shelve:unshelve", "a server that someone shelved"),
    _action_right("unrescue", "os-unrescue", "a server that someone put into rescue"),
)
