"""All of Heat in one process: engine and API over messages in memory.

usage: heat_all.py <port> <threads> <go file> <heat.conf>
"""

import sys

port, threads, go_file, config_file = sys.argv[1:5]
sys.argv = ["heat-all", "--config-file", config_file]

from oslo_service import backend  # noqa: E402

backend.init_backend(backend.BackendType.THREADING)  # before anything of Heat is imported that asks which it is

import serving  # noqa: E402
from heat.api.openstack import wsgi  # noqa: E402
from heat.common import config  # noqa: E402
from heat.engine import template  # noqa: E402
from heat.rpc import api as rpc_api  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_log import log as logging  # noqa: E402

LOG = logging.getLogger("heat.devcloud")


def main():
    # This reads the configuration and sets up messages, once for all that follows.
    application = wsgi.init_application()
    serving.wait_for_go(go_file)
    config.startup_sanity_check()
    template._get_template_extension_manager()
    from heat.engine import service  # noqa: PLC0415  (its import needs the configuration)

    engine = service.EngineService(cfg.CONF.host, rpc_api.ENGINE_TOPIC)
    engine.start()
    serving.serve(application, "heat", port, threads)


try:
    main()
except BaseException:  # also SystemExit: the threads of the engine would keep the process
    serving.leave(LOG, "Heat")
