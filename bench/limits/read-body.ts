import type { Context } from 'koa';

export async function readText(ctx: Context): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of ctx.req) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
