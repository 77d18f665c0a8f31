import { Counter, type Registry } from 'prom-client';

const outcomes = ['delivered', 'failed', 'left'] as const;

/** Counts workflow commands by what came of handing them to Temporal, for the desk of an API or a worker's relay. */
export function createCommandMeter(
  registry: Registry,
  by: 'desk' | 'relay',
): (outcome: (typeof outcomes)[number]) => void {
  const commands = new Counter({
    name: 'allotment_commands_total',
    help: "Workflow commands, by who was to hand them to Temporal and what came of it; 'left' is left to the relay.",
    labelNames: ['by', 'outcome'],
    registers: [registry],
  });
  // From nought, so that the first one shows as an increase.
  for (const outcome of outcomes) commands.inc({ by, outcome }, 0);
  return (outcome) => commands.inc({ by, outcome });
}
