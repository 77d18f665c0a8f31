import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import packageJson from '../../package.json' with { type: 'json' };

let registry: Registry | undefined;

/**
 * What a process tells of itself: processor, memory, event loop, version. There is one registry of these for a
 * process, however many servers it runs, since each one would observe the whole process anew.
 */
export function processMetrics(): Registry {
  if (registry) return registry;
  registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'allotment_build_info',
    help: 'Always 1; the labels say what runs here.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: packageJson.version, node: process.version }, 1);
  return registry;
}
