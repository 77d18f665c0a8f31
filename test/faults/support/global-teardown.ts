import { rmSync } from 'node:fs';

export default function globalTeardown(): void {
  if (process.env.FAULTS_START) rmSync(process.env.FAULTS_START, { recursive: true, force: true });
}
