"""All of Nova in one process: conductor, scheduler, the computes and the API talk over messages in memory.

usage: nova_all.py <port> <threads> <go file> <database of cell0> <host,host,...>
"""

import os
import sys

os.environ["OS_NOVA_DISABLE_EVENTLET_PATCHING"] = "true"
port, threads, go_file, cell0_database, host_names = sys.argv[1:6]
sys.argv = ["nova-api"]

from nova import monkey_patch  # noqa: E402

monkey_patch.patch(backend="threading")  # before anything of Nova is imported that asks which it is

import nova_driver  # noqa: E402
import os_brick  # noqa: E402
import os_vif  # noqa: E402
import serving  # noqa: E402
from nova import conf, context, exception, objects, service  # noqa: E402
from nova.api.openstack import wsgi_app  # noqa: E402
from nova.compute import rpcapi as compute_rpcapi  # noqa: E402
from nova.conductor import rpcapi as conductor_rpcapi  # noqa: E402
from nova.objects import host_mapping  # noqa: E402
from nova.scheduler import rpcapi as scheduler_rpcapi  # noqa: E402
from nova.virt import node  # noqa: E402
from oslo_log import log as logging  # noqa: E402

LOG = logging.getLogger("nova.devcloud")
API = ("osapi_compute", "nova-api-os-compute")
CELL1 = "dec10000-0000-4000-8000-000000000001"
# Nova takes drivers only from its own package.
sys.modules["nova.virt.devcloud"] = nova_driver


def map_cells(admin):
    cells = (
        (objects.CellMapping.CELL0_UUID, "cell0", "none:///", cell0_database),
        (CELL1, "cell1", "fake:///", conf.CONF.database.connection),
    )
    for uuid, name, transport, database in cells:
        try:
            objects.CellMapping.get_by_uuid(admin, uuid)
        except exception.CellMappingNotFound:
            cell = objects.CellMapping(admin, uuid=uuid, name=name)
            cell.transport_url, cell.database_connection = transport, database
            cell.create()


def start(binary, topic, **values):
    running = service.Service.create(binary=binary, topic=topic, **values)
    running.start()
    return running


def main():
    # This reads the configuration, once for all that follows.
    wsgi_app.init_global_data(wsgi_app._get_config_files(), *API)
    serving.wait_for_go(go_file)
    os_brick.setup(conf.CONF)
    os_vif.initialize()
    admin = context.get_admin_context()
    map_cells(admin)
    if not node.read_local_node_uuid():  # a start after the first insists on it
        node.write_local_node_uuid(nova_driver.node_uuid(conf.CONF.host))
    started = [
        start("nova-conductor", conductor_rpcapi.RPC_TOPIC),
        start("nova-scheduler", scheduler_rpcapi.RPC_TOPIC),
    ]
    for host in host_names.split(","):
        both = {"host": host, "topic_alt": compute_rpcapi.RPC_TOPIC_ALT}
        started.append(start("nova-compute", compute_rpcapi.RPC_TOPIC, **both))
    host_mapping.discover_hosts(admin)
    serving.serve(wsgi_app.init_application(*API), "nova", port, threads)


try:
    main()
except BaseException:  # also SystemExit: the threads of the services would keep the process
    serving.leave(LOG, "Nova")
