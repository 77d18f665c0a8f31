import { createRequire } from 'node:module';
import type { History } from '@temporalio/common/lib/proto-utils.js';

type Codec = {
  toObject(history: History, how: object): object;
  fromObject(object: object): History;
};

/**
 * The SDK's own message class. Its historyToJSON fails where npm installs protobufjs more than once
 * ("type must be a Type"), so histories are stored as this class writes them.
 */
const fromSdk = createRequire(createRequire(import.meta.url).resolve('@temporalio/common'));
const codec = (fromSdk('@temporalio/proto') as { temporal: { api: { history: { v1: { History: Codec } } } } })
  .temporal.api.history.v1.History;

/** A history as JSON: enums by name, payloads in base64. */
export const historyToJson = (history: History): string =>
  JSON.stringify(codec.toObject(history, { enums: String, longs: String, bytes: String }), null, 1);

export const historyFromJson = (json: string): History => codec.fromObject(JSON.parse(json) as object);

/** A history's JSON with what it holds in base64 decoded, so that a search finds it. */
export const readableHistory = (history: History): string =>
  historyToJson(history).replaceAll(/"([A-Za-z0-9+/]{8,}={0,2})"/g, (text, data: string) => {
    const decoded = Buffer.from(data, 'base64').toString();
    return `${text} ${JSON.stringify(decoded)}`;
  });
