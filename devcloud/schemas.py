"""The migrated, still empty databases of the services, made once a home and copied for each cloud."""

from concurrent.futures import ThreadPoolExecutor, as_completed

from .configuration import environment, write
from .database import Database
from .install import pins_digest
from .places import FIRST_PORT, Cloud, Home
from .progress import Progress, run
from .services import Service

# Two cores are busy with three of them, since each also waits for the database.
AT_A_TIME = 3
PREFIX = "schema"


def templates(home: Home) -> Cloud:
    """The schemas as a cloud that is never started; other pins make other schemas."""
    return home.cloud(f"{PREFIX}{pins_digest()}", FIRST_PORT)


def prepare(home: Home, database: Database, services: tuple[Service, ...], progress: Progress) -> None:
    """Migrate what is missing and drop what belongs to other pins. Raises Failure."""
    cloud = templates(home)
    finished = database.templates()
    for name in sorted(finished):
        if name.startswith(PREFIX) and not name.startswith(f"{cloud.name}_"):
            database.drop(name)
    missing = [
        (service, schema)
        for service in services
        for schema in service.migrations
        if cloud.database(schema) not in finished
    ]
    if not missing:
        return
    progress.say(f"Making {len(missing)} database schemas, once for this home")
    # The longest first, so that none is left alone at the end.
    missing.sort(key=lambda one: one[0].name not in {"neutron", "nova"})
    for service in {service.name: service for service, _ in missing}.values():
        write(cloud, service)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        try:
            for job in as_completed([pool.submit(_make, cloud, database, *one, progress) for one in missing]):
                job.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _make(cloud: Cloud, database: Database, service: Service, schema: str, progress: Progress) -> None:
    name = cloud.database(schema)
    with progress.work(f"  schema {schema}"):
        database.create_empty(name)
        program, *arguments = (
            word.replace("{config}", str(cloud.etc / service.name)).replace("{database}", cloud.database_url(schema))
            for word in service.migrations[schema]
        )
        run([cloud.home.venv / "bin" / program, *arguments], env=environment(cloud, service))
        database.mark_template(name)
