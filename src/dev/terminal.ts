import { styleText } from 'node:util';

export type Terminal = ReturnType<typeof openTerminal>;

/** The supervisor's own lines; what the processes say is in their logs. Colours follow NO_COLOR and the terminal. */
export function openTerminal() {
  // Whoever read the output may be gone; that is no reason to fall.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});

  return {
    print,
    note: (text: string) => print(styleText('dim', `  ${text}`)),
    warn: (text: string) => print(`${styleText('yellow', '!')} ${text}`),
    problem: (text: string) => process.stderr.write(`${styleText('red', '✗')} ${text}\n`),
    restarted: (name: string, pid: number | undefined) =>
      print(`${styleText('green', '✓')} ${name} is running again (pid ${pid})`),
    bold: (text: string) => styleText('bold', text),

    /** Does one step and prints it with the time it took; the work returns what to say of it. */
    async step(name: string, work: () => Promise<string>): Promise<void> {
      const startedAt = performance.now();
      const detail = await work();
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      print(`${styleText('green', '✓')} ${name} ${detail} ${styleText('dim', `${seconds} s`)}`);
    },
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
