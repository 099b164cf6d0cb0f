# Magi in a container: the daemon, as a user without rights, with git, ssh and gpg inside.
#
#   docker build -t magi .
#   docker run --read-only --tmpfs /tmp -v magi-cache:/var/cache/magi \
#     -v $PWD/magi.yaml:/etc/magi/magi.yaml:ro -v $PWD/clouds.yaml:/etc/openstack/clouds.yaml:ro -p 9464:9464 magi

FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements/constraints.txt requirements/constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY desired-state-examples desired-state-examples
COPY reconciler reconciler
RUN python -m venv /opt/magi \
 && /opt/magi/bin/pip install --no-cache-dir -c requirements/constraints.txt ".[rego]"

FROM python:3.12-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git gnupg openssh-client ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/cache/magi --create-home magi
COPY --from=build /opt/magi /opt/magi
ENV PATH=/opt/magi/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MAGI_CACHE_DIR=/var/cache/magi \
    MAGI_LISTEN=0.0.0.0:9464
USER 10001
VOLUME /var/cache/magi
EXPOSE 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
ENTRYPOINT ["magi"]
CMD ["run", "--config", "/etc/magi/magi.yaml", "--log-format", "json"]
