"""Replaces the ovn-controller of every compute host: there are no packets, only OVN's southbound database.

It registers a chassis for each host, confirms each round of configuration (Neutron takes that for a sign of life),
and claims the ports that are meant for a host, so that Neutron sees them go up.

usage: ovn_hosts.py <southbound remote> <southbound schema> <bridge mappings> <host,host,...>
"""

import sys
import time
import uuid

from ovs import poller
from ovs.db import idl

TABLES = ("Chassis", "Chassis_Private", "Encap", "HA_Chassis", "HA_Chassis_Group", "Port_Binding", "SB_Global")
CLAIMED = ("", "external", "chassisredirect")
DONE = (idl.Transaction.SUCCESS, idl.Transaction.UNCHANGED)


class Hosts:
    def __init__(self, remote, schema):
        helper = idl.SchemaHelper(location=schema)
        for table in TABLES:
            helper.register_table(table)
        self._idl = idl.Idl(remote, helper)

    def rows(self, table):
        return list(self._idl.tables[table].rows.values())

    @property
    def seen(self):
        return self._idl.change_seqno

    def wait_for_change(self, seen):
        while self._idl.change_seqno == seen:
            waiting = poller.Poller()
            self._idl.wait(waiting)
            waiting.block()
            self._idl.run()

    def change(self, what, work):
        transaction = idl.Transaction(self._idl)
        work(transaction)
        status = transaction.commit_block()
        if status not in DONE:
            sys.stderr.write(f"{what}: {status} {transaction.get_error()}\n")

    def register(self, names, bridges):
        known = {chassis.name for chassis in self.rows("Chassis")}

        def work(transaction):
            for number, name in enumerate(names, 1):
                if name not in known:
                    self._insert(transaction, name, f"127.0.1.{number}", bridges)

        self.change("register", work)

    def _insert(self, transaction, name, address, bridges):
        tables = self._idl.tables
        tunnel = transaction.insert(tables["Encap"])
        tunnel.type, tunnel.ip, tunnel.chassis_name = "geneve", address, name
        tunnel.options = {"csum": "true"}
        chassis = transaction.insert(tables["Chassis"])
        chassis.name = chassis.hostname = name
        chassis.encaps = [tunnel]
        chassis.other_config = {
            "datapath-type": "system",
            "iface-types": "geneve,internal,system",
            "is-interconn": "false",
            "ovn-bridge-mappings": bridges,
            "ovn-chassis-mac-mappings": "",
            "ovn-cms-options": "enable-chassis-as-gw",
            "ovn-monitor-all": "true",
            "port-up-notif": "true",
        }
        private = transaction.insert(tables["Chassis_Private"])
        private.name, private.chassis = name, chassis
        private.external_ids = {
            "neutron:ovn-metadata-id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
            "neutron:ovn-metadata-sb-cfg": "0",
        }

    def confirm(self, _transaction):
        """Copy the number of the newest configuration to every host."""
        for number in (row.nb_cfg for row in self.rows("SB_Global")):
            for private in self.rows("Chassis_Private"):
                if private.nb_cfg != number:
                    private.nb_cfg, private.nb_cfg_timestamp = number, int(time.time() * 1000)
                    ids = {**private.external_ids, "neutron:ovn-metadata-sb-cfg": str(number)}
                    private.external_ids = ids

    def claim(self, _transaction):
        """Put each port on the host it asks for, gateways on the best of their group."""
        for port in self.rows("Port_Binding"):
            if port.type not in CLAIMED:
                continue
            wanted = port.requested_chassis or (_best_gateway(port) if port.type else [])
            if port.chassis != wanted:
                port.chassis = wanted
            if bool(wanted) != (port.up == [True]):
                port.up = bool(wanted)

    def follow(self):
        while True:
            # Read before the change: committing lets further changes in.
            seen = self.seen

            def work(transaction):
                self.confirm(transaction)
                self.claim(transaction)

            self.change("follow", work)
            self.wait_for_change(seen)


def _best_gateway(port):
    members = [member for group in port.ha_chassis_group for member in group.ha_chassis if member.chassis]
    return max(members, key=lambda member: member.priority).chassis if members else []


def main():
    remote, schema, bridges, names = sys.argv[1:5]
    hosts = Hosts(remote, schema)
    hosts.wait_for_change(hosts.seen)
    hosts.register(names.split(","), bridges)
    hosts.follow()


main()
