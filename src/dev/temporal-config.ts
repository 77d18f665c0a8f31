import { readFileSync } from 'node:fs';
import type { Connection } from '@temporalio/client';

/** Temporal's numbers for the types of search attributes that are in use. */
const TYPE_NUMBERS: Record<string, number> = { Text: 1, Keyword: 2, Int: 3, Datetime: 6, KeywordList: 7 };

export function readTemporalConfig(name: string): string {
  return readFileSync(new URL(`../../temporal-config/${name}`, import.meta.url), 'utf8');
}

/** Search attributes and their types, as real clusters get them too. */
export function searchAttributes(): Record<string, string> {
  return JSON.parse(readTemporalConfig('search-attributes.json')) as Record<string, string>;
}

/** Adds the search attributes that a namespace lacks. */
export async function addSearchAttributes({ operatorService }: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes()).filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return;
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, TYPE_NUMBERS[type] ?? 0])),
  });
}
