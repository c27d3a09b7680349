# Wirewatch as a container: one process, one writable folder, nothing to compile at run time.
#
#   docker build -t wirewatch .
#   docker build -t wirewatch --build-arg EXTRAS=postgresql .    (with the PostgreSQL driver)
#   docker build -t wirewatch --build-arg EXTRAS=all .           (regex:, languages and full_text too)
#
# docs/deploying.md says how it is run.

FROM python:3.12-slim-trixie AS base

# --- build: a virtual environment that is complete, and the only thing that is kept ------------
FROM base AS build
ARG EXTRAS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source

# What Wirewatch needs: ready-made wheels only, exactly those that the lock names.
COPY requirements*.lock ./
RUN python -m venv --without-pip /opt/wirewatch \
    && pip --python /opt/wirewatch/bin/python install --no-deps --require-hashes \
        --only-binary :all: -r "requirements${EXTRAS:+-$EXTRAS}.lock"

# What builds the wheel of Wirewatch itself; it stays in this stage.
COPY <<'LOCK' /build.lock
hatchling==1.33.0 \
    --hash=sha256:415290b84f464d2884303fca8974d38e7b85579069fab02a15db0828fbb1446d \
    --hash=sha256:4c422bd4d554fcff5de5b73e9596f85e41e9f97f7e553d8f7595ecb31a627bef
packaging==26.3 \
    --hash=sha256:94edc256424af38762eb31306eed28beb9f0efc50a8837492c9d6fd6004aed79 \
    --hash=sha256:d7193f7c8e4e93f444fde0262bf90af30e16fa0ad0ad44cb553c87339b23cd1c
pathspec==1.1.1 \
    --hash=sha256:17db5ecd524104a120e173814c90367a96a98d07c45b2e10c2f3919fff91bf5a \
    --hash=sha256:a00ce642f577bf7f473932318056212bc4f8bfdf53128c78bbd5af0b9b20b189
pluggy==1.7.0 \
    --hash=sha256:7dd7b0d8832ba3cb632c306926ded123429211b83641b35dc5c41ad2d34f9bec \
    --hash=sha256:d1eaa46ebb595891b860ab086b4d09c8588af65ebd4361b8e8f4bb8920b90ba8
tomlkit==0.15.2 \
    --hash=sha256:05562412163a3037b94497385fb7f9204c637bc605af7a48199e41cf2272f437 \
    --hash=sha256:83e32755ba1d20d9340bd069ee97e9f6232ba2346b63ffcba425de01f7e327a6
trove-classifiers==2026.9.21.13 \
    --hash=sha256:0a9ebc8d4e2f3e8a22848c5258033035bec17a3012ac3fea16dbaa764489eb71 \
    --hash=sha256:8b1ff4f9c191b1040b71c37f1e445ab99732911e3cd91de52838453a854d7a17
LOCK
RUN pip install --no-deps --require-hashes --only-binary :all: -r /build.lock

COPY . .
RUN pip wheel --no-deps --no-build-isolation --no-index --wheel-dir /wheel . \
    && pip --python /opt/wirewatch/bin/python install --no-deps --no-index /wheel/*.whl

# --- the image ----------------------------------------------------------------------------------
FROM base
LABEL org.opencontainers.image.title="Wirewatch" \
      org.opencontainers.image.description="Watch news feeds with tested rules; be told once, with the reason why." \
      org.opencontainers.image.licenses="MIT"

RUN groupadd --gid 65532 wirewatch \
    && useradd --uid 65532 --gid 65532 --home-dir /data --no-create-home \
        --shell /usr/sbin/nologin wirewatch \
    && install --directory --owner=65532 --group=65532 --mode=0750 /data

COPY --from=build /opt/wirewatch /opt/wirewatch

# Modules are compiled already; a read-only root could not keep others anyway.
# The pages are listened for on all addresses, behind a login: who reaches them is for whoever
# publishes the port to say.
ENV PATH=/opt/wirewatch/bin:$PATH PYTHONDONTWRITEBYTECODE=1 \
    WIREWATCH_WEB__LISTEN=0.0.0.0:8484
EXPOSE 8484

# config.toml, rules, templates and state: a new named volume belongs to this user.
WORKDIR /data
VOLUME /data
USER 65532:65532

STOPSIGNAL SIGTERM
HEALTHCHECK --interval=2m --timeout=20s --start-period=2m --retries=3 \
    CMD ["wirewatch", "status", "--quiet"]
ENTRYPOINT ["wirewatch"]
CMD ["run"]
