# Magi in a container: the daemon, as a user without rights, with git, ssh and gpg inside. It writes to its cache alone,
# which may be lost, and starts no shell.
#
#   docker build --tag magi .
#   docker run --read-only --cap-drop ALL --security-opt no-new-privileges --volume magi-cache:/var/cache/magi \
#     --volume $PWD/magi.yaml:/etc/magi/magi.yaml:ro --volume $PWD/clouds.yaml:/etc/openstack/clouds.yaml:ro \
#     --publish 127.0.0.1:9464:9464 magi

# By digest, and packages by hash: what is built tomorrow is what was tried today. requirements/README.md tells how to
# renew both.
ARG PYTHON=python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea

FROM ${PYTHON} AS build
WORKDIR /src
COPY requirements/runtime.txt requirements/build.txt requirements/
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY desired-state-examples desired-state-examples
COPY openstack_simulator openstack_simulator
COPY reconciler reconciler
RUN python -m venv --without-pip /opt/magi \
 && python -m venv --without-pip /opt/build \
 && pip --python /opt/magi install --no-cache-dir --require-hashes -r requirements/runtime.txt \
 && pip --python /opt/build install --no-cache-dir --require-hashes -r requirements/build.txt \
 && pip --python /opt/build wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
 && pip --python /opt/magi install --no-cache-dir --no-deps /wheels/*.whl

FROM ${PYTHON}
# No versions: whoever builds gets what Debian has mended since.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git gnupg openssh-client ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 magi \
 && useradd --uid 10001 --gid magi --home-dir /var/cache/magi --create-home --shell /usr/sbin/nologin magi
COPY --from=build /opt/magi /opt/magi
ENV PATH=/opt/magi/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOME=/var/cache/magi \
    TMPDIR=/var/cache/magi \
    MAGI_CACHE_DIR=/var/cache/magi \
    MAGI_LISTEN=0.0.0.0:9464
USER 10001:10001
VOLUME /var/cache/magi
EXPOSE 9464
STOPSIGNAL SIGTERM
# Where health is, by the same variables as Magi; a file of settings is not read.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request as u; at = os.environ.get('MAGI_METRICS_LISTEN') or os.environ['MAGI_LISTEN']; u.urlopen('http://' + at.replace('0.0.0.0', '127.0.0.1').replace('[::]', '[::1]') + '/healthz', timeout=4)"]
ENTRYPOINT ["magi"]
CMD ["run", "--config", "/etc/magi/magi.yaml", "--log-format", "json"]
