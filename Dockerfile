# A server of Quorate, built from this checkout. docs/containers.md says how to run it.
#
#   docker build --tag quorate .
#   docker run --env QUORATE_ADMIN_TOKEN=... --volume quorate:/data --publish 127.0.0.1:5000:5000 quorate
#
# NODE: an image with Node 20.19 or later and npm.
ARG NODE=docker.io/library/node:22-bookworm-slim

FROM ${NODE} AS build
WORKDIR /src
COPY . .
# Named in /v1/info: there is no .git here that could tell it.
ARG REVISION=
# Packages of development build it and stay behind. No package runs a script of its own.
RUN npm ci --ignore-scripts && SOURCE_COMMIT="$REVISION" npm run build && npm prune --omit=dev --ignore-scripts && mkdir -m 700 /data

FROM ${NODE}
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="quorate" \
  org.opencontainers.image.description="Group agreement over plain HTTP: agents propose, one rule decides" \
  org.opencontainers.image.source="https://github.com/quorate/quorate" \
  org.opencontainers.image.documentation="https://github.com/quorate/quorate/blob/main/docs/containers.md" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
WORKDIR /opt/quorate
COPY --from=build /src/LICENSE /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY deploy/healthy.js ./
# Of nobody in particular, by number, so that Kubernetes can see that it is not root.
COPY --from=build --chown=1000:1000 /data /data
# Without QUORATE_LOG the log is in /data/quorate. QUORATE_DATA would say the same, and could not stand beside QUORATE_LOG.
ENV NODE_ENV=production QUORATE_HOST=0.0.0.0 XDG_DATA_HOME=/data
USER 1000:1000
# All that is written is written there: the rest may be read-only.
VOLUME /data
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/opt/quorate/healthy.js"]
STOPSIGNAL SIGTERM
# Node itself is process 1, so that it gets the signals: npm or a shell in between would not pass them on.
ENTRYPOINT ["node", "/opt/quorate/dist/cli/main.js"]
CMD ["server"]
