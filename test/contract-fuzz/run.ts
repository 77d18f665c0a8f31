import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase } from '../../src/db/open.ts';
import { workerPatience } from '../../src/db/patience.ts';
import { findDisagreements } from '../../src/db/queries/find-disagreements.ts';
import { startFreshStack } from '../../src/dev/demo-day-stack.ts';
import { type Caller, makeCallers, protectedFrom } from './callers.ts';
import { findSchemathesis, fuzz, type Report } from './schemathesis.ts';

const help = `Fuzzes every operation of the contract on a stack of its own, once as each kind of caller, with
schemathesis: no server error, every answer as documented, invalid data refused. Afterwards all accounts agree.

Usage: npm run test:contract [-- --short] [--seed <number>] [--only <caller>]`;

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** So many cases the long form makes at least, or it has not looked. */
const LEAST_CASES = 5_000;
const long = { phases: 'examples,coverage,fuzzing,stateful', examples: 20 };
const short = { phases: 'fuzzing', examples: 3 };

if (values.help) console.log(help);
else process.exitCode = (await fuzzEveryCaller()) ? 0 : 1;

/** Whether nothing was found. */
async function fuzzEveryCaller(): Promise<boolean> {
  const program = await findSchemathesis(process.env);
  const stack = startFreshStack();
  try {
    const description = await stack.starting;
    const facts = { webhook_secret: description.webhook_secret };
    const callers = (await makeCallers(description)).filter(({ name }) => (values.only ?? name) === name);
    const protects = await protectedFrom(description);
    const rows: Record<string, object> = {};
    let sound = true;
    let cases = 0;
    const accepted = new Map<string, number>();
    for (const { name, key, known } of callers) {
      const { report, output, failed } = await fuzz(program, {
        url: description.api_url,
        key,
        facts: { ...facts, known, protected: protects },
        seed: Number(values.seed),
        ...(values.short ? short : long),
      });
      if (failed) console.log(`\nAs ${name}:\n${output}`);
      sound &&= !failed && (await stillAdmitted(description.api_url, key));
      cases += report.test_cases.generated;
      rows[name] = row(report);
      countAccepted(accepted, report);
    }
    console.table(rows);
    console.log(`${cases} cases, seed ${values.seed}`);
    const never = [...accepted].filter(([, count]) => count === 0).map(([operation]) => operation);
    if (never.length > 0) console.log(`Valid data was never accepted by: ${never.join(', ')}`);
    if (!values.short && values.only === undefined && cases < LEAST_CASES) {
      console.log(`Fewer than ${LEAST_CASES} cases.`);
      sound = false;
    }
    if (!sound) console.log(serverErrors(stack.data));
    return (await accountsAgree(description.database_url)) && sound;
  } finally {
    await stack.stop();
  }
}

function row({ operations, test_cases, failures, errors, valid_rates, running_time }: Report) {
  const rates = Object.values(valid_rates).flatMap((phases) => Object.values(phases));
  const sum = (of: keyof (typeof rates)[number]) => rates.reduce((total, rate) => total + rate[of], 0);
  return {
    operations: operations.tested,
    cases: test_cases.generated,
    'valid: accepted': sum('accepted'),
    'not found': sum('unreachable'),
    conflicts: sum('conflicts'),
    'other refusals': sum('rejected'),
    failures: failures.reduce((total, { count }) => total + count, 0),
    errors: errors.reduce((total, { count }) => total + count, 0) + operations.errored,
    seconds: Math.round(running_time),
  };
}

/** How often each operation accepted valid data, over all callers: what never did was not fuzzed deeply. */
function countAccepted(counts: Map<string, number>, { valid_rates }: Report): void {
  for (const [operation, phases] of Object.entries(valid_rates)) {
    const times = Object.values(phases).reduce((sum, { accepted }) => sum + accepted, 0);
    counts.set(operation, (counts.get(operation) ?? 0) + times);
  }
}

/** A caller that was suspended on the way would have fuzzed nothing but 401 and 403. */
async function stillAdmitted(url: string, key: Caller['key']): Promise<boolean> {
  if (key === null) return true;
  const { status } = await fetch(`${url}/api/ota/inventory`, { headers: { 'X-API-Key': key } });
  if (status !== 401) return true;
  console.log('The key was ended during its own run.');
  return false;
}

/** What the API has logged of unexpected errors, which its answers do not tell. */
function serverErrors(data: string): string {
  const lines = readFileSync(join(data, 'logs', 'api.log'), 'utf8').split('\n');
  const errors = lines.filter((line) => line.includes('"unexpected error"'));
  return errors.length > 0
    ? `The API logged:\n${errors.slice(0, 20).join('\n')}`
    : 'The API logged no error.';
}

async function accountsAgree(databaseUrl: string): Promise<boolean> {
  const orm = await openDatabase(databaseUrl, workerPatience, 1);
  try {
    const found = await findDisagreements(orm.em.fork());
    if (found.length > 0) console.table(found);
    else console.log('All accounts agree.');
    return found.length === 0;
  } finally {
    await orm.close();
  }
}
