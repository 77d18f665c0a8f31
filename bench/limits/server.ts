import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Koa from 'koa';
import { Pool } from 'pg';
import { tellReady } from '../../src/process-life.ts';
import { readSigningKeySet } from '../../src/tickets/signing-keys.ts';
import { bareInventory } from './inventory.ts';
import { bareIssue } from './issue.ts';
import { bareReserve } from './reserve.ts';
import { bareScan } from './scan.ts';

/** As many connections as the API has by default (ALLOTMENT_DATABASE_POOL). */
const POOL_SIZE = 16;

/**
 * What the API is compared with: the same framework, driver, pool size and durability, and of each call nothing
 * but its statement. No key, no limit, no check, no log.
 */
const pool = new Pool({ connectionString: process.env.LIMITS_DATABASE_URL, max: POOL_SIZE });
pool.on('error', () => {}); // The query that meets it tells.

const app = new Koa();
const reserve = await bareReserve(pool);
const scan = bareScan(pool);
const issue = bareIssue(
  pool,
  readSigningKeySet(readFileSync(process.env.ALLOTMENT_SIGNING_KEYS ?? '', 'utf8')),
);
const inventory = bareInventory();
app.use(async (ctx) => {
  if (ctx.path === '/reserve') await reserve(ctx);
  else if (ctx.path === '/scan') await scan(ctx);
  else if (ctx.path === '/issue') await issue(ctx);
  else if (ctx.path === '/inventory') await inventory(ctx);
});
const handle = app.callback();
createServer((request, response) => {
  void handle(request, response);
}).listen(Number(process.env.PORT), process.env.HOST, tellReady);
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
