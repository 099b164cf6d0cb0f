"""Neutron's schema, with that of service function chaining, made from the models and stamped as migrated.

Some migrations of Neutron only run on MySQL, so on PostgreSQL they cannot be walked. One of them also writes the
rules that each new security group begins with; those are taken from it.

usage: neutron_schema.py <neutron.conf> <database URL>
"""

import importlib.util
import sys
from pathlib import Path

import sqlalchemy

config_file, database_url = sys.argv[1:3]
sys.argv = ["neutron-db-manage", "--config-file", config_file, "stamp", "heads"]

from networking_sfc.db import flowclassifier_db, sfc_db  # noqa: E402, F401  (their import adds to the models)
from neutron.db.migration import alembic_migrations, cli  # noqa: E402
from neutron.db.migration.models import head  # noqa: E402

SEEDING = "versions/2023.2/expand/c33da356b165_*.py"


def seeding_migration():
    folder = Path(alembic_migrations.__path__[0])
    spec = importlib.util.spec_from_file_location("seeding_migration", next(folder.glob(SEEDING)))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    seeding = seeding_migration()
    metadata = head.get_metadata()
    table = metadata.tables[seeding.table_name]
    with sqlalchemy.create_engine(database_url).begin() as connection:
        metadata.create_all(connection)
        for rule in seeding.default_template_rules:
            columns = {name: value for name, value in rule.items() if name != "description"}
            standard = sqlalchemy.insert(seeding.standardattr).values(
                description=rule["description"], resource_type=seeding.table_name
            )
            number = connection.execute(standard).inserted_primary_key[0]
            connection.execute(sqlalchemy.insert(table).values(standard_attr_id=number, **columns))
    cli.main()


main()
