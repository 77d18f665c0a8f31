# One image for the API, the worker and the operators' commands:
#   node src/server.ts · node src/worker.ts · node src/cli/allotment.ts migrate
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The development stack and the tests stay out. So do 150 MB that no process here reads: Temporal's native part
# for other systems, and weights of the typeface in which no ticket is printed.
RUN npm ci --omit=dev \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} + \
  && find node_modules/@expo-google-fonts/noto-sans-tc -name '*.ttf' \
    ! -name '*_400Regular.ttf' ! -name '*_700Bold.ttf' -delete

# The pages and the bundle of the workflows are built with packages that the image does not keep.
FROM node:24-bookworm-slim AS built
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --ignore-scripts
COPY src ./src
COPY workflows ./workflows
RUN node src/dev/build-pages.ts && node src/dev/build-workflows.ts

FROM node:24-bookworm-slim
# Temporal's native client checks TLS against the system's certificates, which the slim image lacks. They are
# to be those of the day of the build.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY activities ./activities
COPY workflows ./workflows
COPY src ./src
COPY --from=built /app/dist ./dist
COPY docs/errors.md docs/partners.md docs/reference.md ./docs/
# The account "node" of the image, by its number: Kubernetes sees that it is not root. Nothing is written to /app.
USER 1000:1000
EXPOSE 8080 9090 9464 9465
# Of the API. A worker answers elsewhere: docker-compose.yml and the chart in ops/helm say where.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/readyz`).then((r) => process.exit(r.ok ? 0 : 1))"]
CMD ["node", "src/server.ts"]
