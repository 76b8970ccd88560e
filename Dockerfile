# One image for API, worker and migrations; the command decides. Node runs the TypeScript as it is; the web page alone is built.
FROM node:24-bookworm-slim AS page
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node scripts/web-build.ts

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# Certificates: Temporal's native client and the vendors are reached over TLS.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
COPY scripts/prune-image.ts scripts/
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force && node scripts/prune-image.ts
COPY . .
COPY --from=page /app/web/dist web/dist
RUN node --disable-warning=ExperimentalWarning scripts/bundle-workflows.ts
# What the image contains, for scanners: docker run --rm headwater cat sbom.json
RUN node scripts/sbom.ts > sbom.json
RUN mkdir /data && chown node:node /data
USER node
ENV DATA_DIR=/data HOST=0.0.0.0
# The release, for Worker Versioning (docs/operations.md, Updating); without TEMPORAL_DEPLOYMENT_NAME it has no effect.
ARG BUILD_ID=
ENV TEMPORAL_WORKER_BUILD_ID=$BUILD_ID
EXPOSE 3000
CMD ["node", "--disable-warning=ExperimentalWarning", "server.ts"]
