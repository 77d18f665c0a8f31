import type { Command } from 'commander';
import { changePartner, createPartner } from '../accept/manage-partners.ts';
import { endPaymentSecrets, rotatePaymentSecret } from '../accept/payment-secrets.ts';
import * as contract from '../contract/admin-partners.ts';
import { Partner } from '../db/entities/partner.ts';
import { toNewPartner } from '../http/operator-requests.ts';
import { presentPartner } from '../http/present/operators.ts';
import { knownPartnerId, readPartner } from '../http/read-operators.ts';
import { print, table, withExamples } from './output.ts';
import { checked, type DatabaseOptions, numberOf, onDatabase, UsageError, withDatabase } from './session.ts';

const columns = ['partner_id', 'name', 'channel', 'mode', 'status', 'per_minute', 'payment_secrets'];

/** `allotment partners …` */
export function partnerCommands(program: Command): void {
  const partners = withExamples(
    program.command('partners').description('who sells, scans or administers'),
    'allotment partners list',
    'allotment partners create klook --name Klook --channel ota-klook',
  );

  onDatabase(
    partners.command('list').description('all partners'),
    'allotment partners list',
    'allotment partners list --json | jq -r .[].partner_id',
  ).action((options: DatabaseOptions) =>
    withDatabase(options, async ({ em }) => {
      const found = (await em.find(Partner, {}, { orderBy: { partnerId: 'asc' } })).map(presentPartner);
      print(options, found, () => table(found, columns));
    }),
  );

  createCommand(partners);
  setCommand(partners);

  const setStatus = (name: string, status: 'active' | 'suspended', description: string) =>
    onDatabase(partners.command(name).description(description), `allotment partners ${name} klook`)
      .argument('<partner-id>')
      .action((id: string, options: DatabaseOptions) =>
        withDatabase(options, async ({ em, by }) => {
          const partnerId = knownPartnerId(id);
          const { result } = await changePartner(em, by, partnerId, { status }, (tx) =>
            readPartner(tx, partnerId),
          );
          print(options, result, () => `Partner ${id} is ${status}.`);
        }),
      );
  setStatus('suspend', 'suspended', "refuse a partner's calls; its holds and orders go on");
  setStatus('resume', 'active', 'admit a suspended partner again');
  paymentSecretCommands(partners);
}

type New = DatabaseOptions & { name: string; channel?: string; test?: boolean; perMinute?: number };

function createCommand(partners: Command): void {
  onDatabase(
    partners.command('create').description('add a partner'),
    'allotment partners create klook --name Klook --channel ota-klook',
    'allotment channels move --product 106 --from ota --to ota-klook --units 200',
    "allotment partners create klook-trial --name 'Klook, trying' --test",
  )
    .argument('<partner-id>', 'such as klook')
    .requiredOption('--name <name>', 'what people call it')
    .option('--channel <channel>', 'where it sells from: ota, direct, or one of its own as ota-klook')
    .option('--test', 'for the sandbox: a channel and pools of its own, keys alt_test_…, no ticket admits')
    .option('--per-minute <requests>', 'its limit, where it differs from the usual one', numberOf)
    .action((id: string, options: New) =>
      withDatabase(options, async ({ em, by }) => {
        if (options.test && options.channel !== undefined) {
          throw new UsageError('Give either --channel or --test: a test partner has a channel of its own.');
        }
        if (!options.test && options.channel === undefined) {
          throw new UsageError('Say where it sells from: --channel, or --test for the sandbox.');
        }
        const partner = toNewPartner(
          checked(contract.createPartner.body, {
            partner_id: id,
            name: options.name,
            mode: options.test ? 'test' : 'live',
            channel: options.channel,
            per_minute: options.perMinute,
          }),
        );
        const { partnerId } = partner;
        const { result } = await createPartner(em, by, partner, (tx) => readPartner(tx, partnerId));
        print(options, result, () =>
          result.mode === 'test'
            ? `Test partner ${partnerId} sells through channel ${result.channel}, from pools of its own.`
            : `Partner ${partnerId} sells through channel ${result.channel}.`,
        );
      }),
    );
}

type Change = DatabaseOptions & { name?: string; channel?: string; perMinute?: string };

function setCommand(partners: Command): void {
  onDatabase(
    partners.command('set').description('change a partner; its holds stay on the channel they are from'),
    'allotment partners set klook --name "Klook Travel" --per-minute 300',
    'allotment partners set klook --per-minute usual',
  )
    .argument('<partner-id>')
    .option('--name <name>', 'what people call it')
    .option('--channel <channel>', 'where it sells from')
    .option('--per-minute <requests>', 'its limit; `usual` for that of the environment')
    .action((id: string, options: Change) =>
      withDatabase(options, async ({ em, by }) => {
        const { perMinute: typed } = options;
        const change = checked(contract.changePartner.body, {
          name: options.name,
          channel: options.channel,
          per_minute: typed === undefined ? undefined : typed === 'usual' ? null : numberOf(typed),
        });
        if (Object.keys(change).length === 0) throw new UsageError('Say what to change; see --help.');
        const { name, channel, per_minute: perMinute } = change;
        const partnerId = knownPartnerId(id);
        const { result } = await changePartner(em, by, partnerId, { name, channel, perMinute }, (tx) =>
          readPartner(tx, partnerId),
        );
        print(options, result, () => table([result], columns));
      }),
    );
}

/** `allotment partners payment-secret …` */
function paymentSecretCommands(partners: Command): void {
  const secrets = withExamples(
    partners.command('payment-secret').description("what signs a partner's own payment notifications"),
    'allotment partners payment-secret rotate klook',
  );

  onDatabase(
    secrets
      .command('rotate')
      .description('make a secret, shown once; the one before lives until the next rotation'),
    'allotment partners payment-secret rotate klook',
    'SECRET=$(allotment partners payment-secret rotate klook)',
  )
    .argument('<partner-id>')
    .action((id: string, options: DatabaseOptions) =>
      withDatabase(options, async ({ em, by }) => {
        const partnerId = knownPartnerId(id);
        const { result, secret } = await rotatePaymentSecret(em, by, partnerId, (_, live) => ({
          partner_id: partnerId,
          live_secrets: live,
        }));
        print(options, { ...result, payment_secret: secret }, () => secret ?? '');
        console.error(
          `Payment secret of ${partnerId}, shown this once. Live: ${result.live_secrets === 2 ? 'this one and the one before' : 'this one'}.`,
        );
      }),
    );

  onDatabase(
    secrets.command('end').description('end all its secrets at once: its notifications are refused'),
    'allotment partners payment-secret end klook',
  )
    .argument('<partner-id>')
    .action((id: string, options: DatabaseOptions) =>
      withDatabase(options, async ({ em, by }) => {
        const partnerId = knownPartnerId(id);
        await endPaymentSecrets(em, by, partnerId);
        print(
          options,
          { partner_id: partnerId, live_secrets: 0 },
          () => `Partner ${partnerId} has no payment secret any more.`,
        );
      }),
    );
}
