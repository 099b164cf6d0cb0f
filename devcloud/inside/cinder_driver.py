"""A volume backend that stores nothing: everything succeeds at once, and volumes are rows in Cinder's database.

The metadata of a volume can ask for trouble: `devcloud:fail` names the call that fails (create, delete, extend or
attach), `devcloud:delay` prolongs its creation by seconds.
"""

import io
import time

from cinder import exception
from cinder.volume import driver

FAIL = "devcloud:fail"
DELAY = "devcloud:delay"
CONTENT = b"a volume of nothing\n"


class Driver(driver.VolumeDriver):
    VERSION = "1"
    SUPPORTS_ACTIVE_ACTIVE = True

    def do_setup(self, context):
        """Nothing to set up."""

    def check_for_setup_error(self):
        """Nothing that could be wrong."""

    def _obey(self, volume, call):
        metadata = dict(volume.metadata or {})
        if call == "create":
            time.sleep(float(metadata.get(DELAY, 0)))
        if metadata.get(FAIL) == call:
            raise exception.VolumeBackendAPIException(data=f"{call}: the metadata of the volume has {FAIL}")

    def create_volume(self, volume):
        self._obey(volume, "create")

    def create_volume_from_snapshot(self, volume, snapshot):
        self._obey(volume, "create")

    def create_cloned_volume(self, volume, src_vref):
        self._obey(volume, "create")

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        self._obey(volume, "create")
        return {}, True

    def delete_volume(self, volume):
        self._obey(volume, "delete")

    def extend_volume(self, volume, new_size):
        self._obey(volume, "extend")

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        """There is nowhere to copy to."""

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        image_service.update(context, image_meta["id"], {}, io.BytesIO(CONTENT))

    def create_snapshot(self, snapshot):
        """A row is enough."""

    def delete_snapshot(self, snapshot):
        """The row goes by itself."""

    def revert_to_snapshot(self, context, volume, snapshot):
        """Nothing changed since."""

    def retype(self, context, volume, new_type, diff, host):
        return True, None

    def manage_existing(self, volume, existing_ref):
        return {}

    def manage_existing_get_size(self, volume, existing_ref):
        return 1

    def unmanage(self, volume):
        """Nothing to release."""

    def ensure_export(self, context, volume):
        """Nothing to export."""

    def create_export(self, context, volume, connector):
        return {}

    def remove_export(self, context, volume):
        """Nothing was exported."""

    def initialize_connection(self, volume, connector, **kwargs):
        self._obey(volume, "attach")
        data = {"target_lun": 1, "access_mode": "rw", "volume_id": volume.id}
        return {"driver_volume_type": "fake", "data": data}

    def terminate_connection(self, volume, connector, **kwargs):
        """Nothing was connected."""

    def _update_volume_stats(self):
        self._stats = {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name"),
            "vendor_name": "devcloud",
            "driver_version": self.VERSION,
            "storage_protocol": "fake",
            "total_capacity_gb": 100_000,
            "free_capacity_gb": 100_000,
            "provisioned_capacity_gb": 0,
            "reserved_percentage": 0,
            "max_over_subscription_ratio": 20,
            "thin_provisioning_support": True,
            "multiattach": True,
            "QoS_support": True,
            "online_extend_support": True,
        }
