import type { StackDescription } from './data-folder.ts';
import type { Terminal } from './terminal.ts';

/** What a developer needs first, once all is ready. */
export function printPanel(terminal: Terminal, stack: StackDescription, dataFolder: string): void {
  const rows: [string, string][] = [
    ['API', stack.api_url],
    ['Docs', `${stack.api_url}/docs`],
    ['Dashboard', `${stack.api_url}/dashboard (the operator signs in with the demo key admin)`],
    ['Temporal Web UI', stack.temporal_ui_url ?? '(set TEMPORAL_UI_URL)'],
    ['Data', `${dataFolder} (logs, secrets and dev.json in it; delete it to start over)`],
    ...Object.entries(stack.keys).map(([name, key]): [string, string] => [`Demo key ${name}`, key]),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  terminal.print('');
  for (const [label, value] of rows) terminal.print(`  ${terminal.bold(label.padEnd(width))}  ${value}`);
  terminal.print('');
  terminal.print('  Try it:');
  terminal.print(
    `  curl -H 'X-API-Key: ${stack.keys.ota}' '${stack.api_url}/api/ota/inventory?product_ids=106'`,
  );
  terminal.print('');
  terminal.print('  The demo keys exist in this development stack only. Ctrl-C stops everything.');
}
