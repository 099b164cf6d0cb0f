"""Nova's fake hypervisor, with what tests of an orchestrator need on top.

The ids of the hosts and the guests outlive a restart, a snapshot becomes an active image, and the metadata of a
server can ask for trouble: `devcloud:fail` (any value) lets its build fail, `devcloud:delay` prolongs it by seconds.
"""

import io
import json
import time
import uuid

from nova import exception
from nova.compute import power_state
from nova.image import glance
from nova.virt import fake, hardware

FAIL = "devcloud:fail"
DELAY = "devcloud:delay"
SNAPSHOT = b"a snapshot of nothing\n"


# SR-IOV: so many virtual functions of a network card a host, which the configuration puts on physnet1.
FUNCTIONS = 48
CARD = {"vendor_id": "8086", "product_id": "154c"}


def functions():
    """As libvirt reports them. Hardware offload lets OVN bind a port by itself, without an agent for the card."""
    offload = json.dumps({"network": ["switchdev"]})
    return [
        {
            **CARD,
            "address": f"0000:03:{number // 8:02x}.{number % 8}",
            "parent_addr": "0000:02:00.0",
            "dev_type": "type-VF",
            "status": "available",
            "label": "label_8086_154c",
            "numa_node": None,
            "capabilities": offload,
        }
        for number in range(FUNCTIONS)
    ]


def node_uuid(host):
    """The id that a host has on every start."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{host}.devcloud"))


class Driver(fake.FakeDriver):
    def get_available_resource(self, nodename):
        resource = super().get_available_resource(nodename)
        if not resource:
            return resource
        return {**resource, "uuid": node_uuid(nodename), "pci_passthrough_devices": json.dumps(functions())}

    def get_nodenames_by_uuid(self, refresh=False):
        return {node_uuid(name): name for name in self.get_available_nodes()}

    def spawn(self, context, instance, *args, **kwargs):
        time.sleep(float(instance.metadata.get(DELAY, 0)))
        if FAIL in instance.metadata:
            raise exception.BuildAbortException(instance_uuid=instance.uuid, reason=f"its metadata has {FAIL}")
        return super().spawn(context, instance, *args, **kwargs)

    def get_info(self, instance, use_cache=True):
        if instance.uuid not in self.instances and instance.launched_at:
            return hardware.InstanceInfo(state=instance.power_state or power_state.RUNNING)
        return super().get_info(instance, use_cache=use_cache)

    def power_off(self, instance, *args, **kwargs):
        self._remember(instance)
        return super().power_off(instance, *args, **kwargs)

    def power_on(self, context, instance, *args, **kwargs):
        self._remember(instance)
        return super().power_on(context, instance, *args, **kwargs)

    def snapshot(self, context, instance, image_id, update_task_state):
        self._remember(instance)
        super().snapshot(context, instance, image_id, update_task_state)
        images = glance.API()
        image = images.get(context, image_id)
        filled = {
            "name": image["name"],
            "properties": image.get("properties", {}),
            "status": "active",
            "disk_format": "raw",
            "container_format": "bare",
        }
        images.update(context, image_id, filled, io.BytesIO(SNAPSHOT), purge_props=False)

    def _remember(self, instance):
        """A guest from before the restart, which the stock driver does not know."""
        if instance.uuid not in self.instances:
            state = instance.power_state or power_state.RUNNING
            self.instances[instance.uuid] = fake.FakeInstance(instance.name, state, instance.uuid)
