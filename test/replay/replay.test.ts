import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import { historyFromJson, readableHistory } from '../support/history.ts';
import { customer } from '../support/sale.ts';

const folder = fileURLToPath(new URL('histories/', import.meta.url));
const names = readdirSync(folder)
  .map((file) => file.replace('.json', ''))
  .toSorted();
const read = (name: string) => readFileSync(`${folder}${name}.json`, 'utf8');

/** Replays a history on the current workflows; the error where they no longer do what it tells. */
async function replay(json: string): Promise<Error | undefined> {
  const history = historyFromJson(json);
  const { workflowId } = history.events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
  const codePath = process.env.TEST_WORKFLOW_BUNDLE ?? '';
  const replays = Worker.runReplayHistories(
    { workflowBundle: { codePath }, replayName: `replay of ${workflowId}` },
    [{ workflowId: workflowId ?? '', history }],
  );
  for await (const { error } of replays) return error;
  throw new Error('nothing was replayed');
}

describe('the recorded histories', () => {
  it('are one for each path that docs/workflow-paths.md names', () => {
    const paths = readFileSync(new URL('../../docs/workflow-paths.md', import.meta.url), 'utf8');
    const named = [...paths.matchAll(/\| `([a-z-]+)` \|$/gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(names);
  });

  it.each(names)('replay on the current workflows: %s', async (name) => {
    expect(await replay(read(name))).toBeUndefined();
  });

  it.each(names)('hold no personal data, machine or folder: %s', (name) => {
    const text = readableHistory(historyFromJson(read(name)));
    expect(text).not.toMatch(/\d+@|node_modules|"\/\w+/);
    for (const personal of [customer.name, customer.email]) expect(text).not.toContain(personal);
  });

  const changes: [what: string, name: string, change: (json: string) => string][] = [
    [
      'another activity was scheduled',
      'durable-activity-retried',
      (json) => json.replace('"name": "issueTickets"', '"name": "printTickets"'),
    ],
    [
      'another local activity was run',
      'sold-out',
      (json) => changeData(json, '"activity_type":"fulfilOrder"', '"activity_type":"cancelOrder"'),
    ],
    [
      'another step of a former release was run',
      'sold-out-by-webhook',
      (json) => changeData(json, '"activity_type":"confirmOrder"', '"activity_type":"cancelOrder"'),
    ],
  ];
  it.each(changes)('fail to replay where %s', async (_, name, change) => {
    const changed = change(read(name));
    expect(changed).not.toBe(read(name));
    expect(await replay(changed)).toBeInstanceOf(DeterminismViolationError);
  });
});

/** Replaces a text within the payloads of a history. */
function changeData(json: string, from: string, to: string): string {
  return json.replaceAll(/"data": "([^"]+)"/g, (_, data: string) => {
    const changed = Buffer.from(data, 'base64').toString().replace(from, to);
    return `"data": "${Buffer.from(changed).toString('base64')}"`;
  });
}
