import type { Client } from '@temporalio/client';
import type { EntityManager } from '../db/open.ts';
import type { WorkflowCommand } from '../db/queries/commands.ts';
import { markDelivered } from '../db/queries/relay-commands.ts';
import { withinTrace } from '../tracing/spans.ts';
import { deliver, tellFailure } from './deliver.ts';

type Log = { warn: (facts: object, message: string) => void };
type CountCommand = (outcome: 'delivered' | 'failed' | 'left') => void;

/**
 * Delivers commands right after the commit that accepted them. A few are in flight and a few more wait;
 * the overflow of a burst, and whatever fails here, is left to the worker's relay, which finds it in the
 * database. Losing what this desk keeps in memory loses nothing.
 */
export class CommandDesk {
  readonly #client: Client;
  readonly #taskQueue: string;
  readonly #fork: () => EntityManager;
  readonly #log: Log;
  readonly #count: CountCommand;
  readonly #waiting: WorkflowCommand[] = [];
  #inFlight = 0;
  #delivered: string[] = [];
  #marking: NodeJS.Timeout | undefined;

  static readonly #MAX_IN_FLIGHT = 8;
  static readonly #MAX_WAITING = 64;
  /** Rows are marked together: one small update for many deliveries. */
  static readonly #MARK_EVERY_MS = 100;

  constructor(client: Client, taskQueue: string, fork: () => EntityManager, log: Log, count: CountCommand) {
    this.#client = client;
    this.#taskQueue = taskQueue;
    this.#fork = fork;
    this.#log = log;
    this.#count = count;
  }

  /** Takes a command to deliver; returns at once. */
  take(command: WorkflowCommand | undefined): void {
    if (!command) return;
    if (this.#waiting.length >= CommandDesk.#MAX_WAITING) return this.#count('left');
    this.#waiting.push(command);
    this.#next();
  }

  /** Waits for what is in flight, and marks what was delivered. */
  async close(): Promise<void> {
    this.#waiting.length = 0;
    while (this.#inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    clearTimeout(this.#marking);
    await this.#mark();
  }

  #next(): void {
    if (this.#inFlight >= CommandDesk.#MAX_IN_FLIGHT) return;
    const command = this.#waiting.shift();
    if (!command) return;
    this.#inFlight += 1;
    deliver(this.#client, this.#taskQueue, command)
      .then(
        () => this.#noteDelivered(command.command_id),
        (error: unknown) => {
          this.#count('failed');
          this.#log.warn(
            { workflow_id: command.workflow_id, reason: tellFailure(error) },
            'command left to the relay',
          );
        },
      )
      .finally(() => {
        this.#inFlight -= 1;
        this.#next();
      });
  }

  #noteDelivered(commandId: string): void {
    this.#count('delivered');
    this.#delivered.push(commandId);
    // For many calls at once, and so of nobody's trace.
    this.#marking ??= withinTrace(undefined, () =>
      setTimeout(() => void this.#mark(), CommandDesk.#MARK_EVERY_MS),
    );
  }

  async #mark(): Promise<void> {
    this.#marking = undefined;
    const ids = this.#delivered;
    this.#delivered = [];
    if (ids.length === 0) return;
    try {
      await markDelivered(this.#fork(), ids);
    } catch (error) {
      // The relay delivers them once more, which changes nothing.
      this.#log.warn({ reason: tellFailure(error), commands: ids.length }, 'deliveries not marked');
    }
  }
}
