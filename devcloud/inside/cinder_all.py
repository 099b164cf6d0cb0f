"""All of Cinder in one process: scheduler, one volume service a backend, and the API, over messages in memory.

usage: cinder_all.py <port> <threads> <go file> <cinder.conf>
"""

import os
import sys
import threading

os.environ["OS_CINDER_DISABLE_EVENTLET_PATCHING"] = "true"
port, threads, go_file, config_file = sys.argv[1:5]
sys.argv = ["cinder-all", "--config-file", config_file]

from cinder import monkey_patch  # noqa: E402

monkey_patch.patch(backend="threading")  # before anything of Cinder is imported that asks which it is

import os_brick  # noqa: E402
import serving  # noqa: E402
from cinder import objects, service  # noqa: E402, F401
from cinder.cmd import volume as volume_command  # noqa: E402
from cinder.common import constants  # noqa: E402
from cinder.wsgi import wsgi  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_log import log as logging  # noqa: E402

CONF = cfg.CONF
LOG = logging.getLogger("cinder.devcloud")
_reporting = threading.Lock()


class Service(service.Service):
    """Cinder expects one service a process and keeps its id on the class.

    There the last one started would hide the others: only it would report that it lives.
    """

    def report_state(self):
        with _reporting:
            service.Service.service_id = self.origin_service_id
            super().report_state()


def main():
    # This reads the configuration, once for all that follows.
    application = wsgi.initialize_application()
    serving.wait_for_go(go_file)
    os_brick.setup(CONF)
    created = []
    for backend in CONF.enabled_backends:
        CONF.register_opt(volume_command.host_opt, group=backend)
        names = {"host": f"{CONF.host}@{backend}", "service_name": backend}
        created.append(Service.create(binary=constants.VOLUME_BINARY, coordination=True, **names))
    # The scheduler comes last: it waits for the capacity that the backends report.
    created.append(Service.create(binary=constants.SCHEDULER_BINARY))
    for one in created:
        one.start()
    serving.serve(application, "cinder", port, threads)


try:
    main()
except BaseException:  # also SystemExit: the threads of the services would keep the process
    serving.leave(LOG, "Cinder")
