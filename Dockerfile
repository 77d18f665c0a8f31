# One image for the API, the worker and the operators' commands:
#   node src/server.ts · node src/worker.ts · node src/cli/allotment.ts migrate
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The development stack and the tests stay out.
RUN npm ci --omit=dev

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
COPY docs/errors.md docs/partners.md docs/reference.md ./docs/
USER node
EXPOSE 8080 9090 9464 9465
CMD ["node", "src/server.ts"]
