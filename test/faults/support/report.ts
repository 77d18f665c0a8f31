/** Tells what a run has been through, past Jest, which would put a stack trace to each line. */
export function report(title: string, facts: Record<string, unknown>): void {
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  const lines = Object.entries(facts).map(([name, fact]) => `  ${name.padEnd(width)}  ${tell(fact)}`);
  process.stderr.write(`\n${title}\n${lines.join('\n')}\n`);
}

export function progress(line: string): void {
  process.stderr.write(`  ${line}\n`);
}

function tell(fact: unknown): string {
  if (typeof fact !== 'object' || fact === null) return String(fact);
  return Object.entries(fact)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.length : value}`)
    .join(', ');
}
