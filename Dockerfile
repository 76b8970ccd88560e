# One image for API, worker and migrations; the command decides. Node runs the TypeScript as it is; the web page alone is built.
FROM node:24-bookworm-slim AS page
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node scripts/web-build.ts

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts/prune-image.ts scripts/sbom.ts scripts/
RUN npm ci --omit=dev --no-audit --no-fund && node scripts/prune-image.ts
# What the image contains, for scanners: docker run --rm headwater cat sbom.json
RUN node scripts/sbom.ts > sbom.json

# The image itself is Debian with Node alone: no npm, and no headers of Node.
FROM debian:bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# Certificates: Temporal's native client and the vendors are reached over TLS.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 1000 node && useradd --uid 1000 --gid node --no-create-home node && mkdir /data && chown node:node /data
COPY --from=packages /usr/local/bin/node /usr/local/bin/
COPY --from=packages /app/node_modules node_modules
COPY . .
COPY --from=page /app/web/dist web/dist
COPY --from=packages /app/sbom.json ./
# The compiler unpacks itself below ~/.cache, for this step only.
RUN node --disable-warning=ExperimentalWarning scripts/bundle-workflows.ts && rm -rf /root/.cache \
  && ln -s /app/cli/headwater.sh /usr/local/bin/headwater
USER node
ENV DATA_DIR=/data HOST=0.0.0.0
# The release, for Worker Versioning (docs/operations.md, Updating); without TEMPORAL_DEPLOYMENT_NAME it has no effect.
ARG BUILD_ID=
ENV TEMPORAL_WORKER_BUILD_ID=$BUILD_ID
EXPOSE 3000
CMD ["node", "--disable-warning=ExperimentalWarning", "server.ts"]
