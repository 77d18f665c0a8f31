# One image for the API, the worker and the operators' commands:
#   node src/server.ts · node src/worker.ts · node src/cli/allotment.ts migrate
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The development stack and the tests stay out.
RUN npm ci --omit=dev

# The pages are built with packages that the image does not keep.
FROM node:24-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --ignore-scripts
COPY src/web ./src/web
COPY src/tickets ./src/tickets
COPY src/dev/build-pages.ts src/dev/gate-icon.ts ./src/dev/
RUN npm run build

FROM node:24-bookworm-slim
# Temporal's native client checks TLS against the system's certificates, which the slim image lacks.
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
COPY --from=pages /app/dist ./dist
COPY docs/errors.md docs/partners.md docs/reference.md ./docs/
USER node
EXPOSE 8080 9090 9464 9465
CMD ["node", "src/server.ts"]
