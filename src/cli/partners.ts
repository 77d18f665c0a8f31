import type { Command } from 'commander';
import { createTestPartner } from '../accept/create-test-partner.ts';
import { changePartner, createPartner } from '../accept/manage-partners.ts';
import * as contract from '../contract/admin-partners.ts';
import { Partner } from '../db/entities/partner.ts';
import { testChannelOf } from '../domain/allotment.ts';
import { presentPartner } from '../http/present/operators.ts';
import { knownPartnerId, readPartner } from '../http/read-operators.ts';
import { print, table } from './output.ts';
import {
  checked,
  type DatabaseOptions,
  numberOf,
  onDatabase,
  type Session,
  UsageError,
  withDatabase,
} from './session.ts';

const columns = ['partner_id', 'name', 'channel', 'status', 'per_minute'];

/** `allotment partners …` */
export function partnerCommands(program: Command): void {
  const partners = program.command('partners').description('who sells, scans or administers');

  onDatabase(partners.command('list').description('all partners')).action((options: DatabaseOptions) =>
    withDatabase(options, async ({ em }) => {
      const found = (await em.find(Partner, {}, { orderBy: { partnerId: 'asc' } })).map(presentPartner);
      print(options, found, () => table(found, columns));
    }),
  );

  type New = DatabaseOptions & { name: string; channel?: string; test?: boolean; perMinute?: number };
  onDatabase(partners.command('create').description('add a partner'))
    .argument('<partner-id>', 'such as klook')
    .requiredOption('--name <name>', 'what people call it')
    .option('--channel <channel>', 'where it sells from: ota, direct, or one of its own as ota-klook')
    .option('--test', 'for the sandbox: a channel and pools of its own, keys alt_test_…, no ticket admits')
    .option('--per-minute <requests>', 'its limit, where it differs from the usual one', numberOf)
    .addHelpText(
      'after',
      `
Examples:
  allotment partners create klook --name Klook --channel ota-klook
  allotment channels move --product 106 --from ota --to ota-klook --units 200
  allotment partners create klook-trial --name 'Klook, trying' --test`,
    )
    .action((id: string, options: New) =>
      withDatabase(options, async ({ em, by }) => {
        if (options.test) return createForSandbox(em, by, id, options);
        const body = checked(contract.createPartner.body, {
          partner_id: id,
          name: options.name,
          channel: options.channel,
          per_minute: options.perMinute,
        });
        const { partner_id: partnerId, name, channel, per_minute: perMinute = null } = body;
        await createPartner(em, by, { partnerId, name, channel, perMinute });
        const partner = await readPartner(em, partnerId);
        print(options, partner, () => `Partner ${partnerId} sells through channel ${channel}.`);
      }),
    );

  async function createForSandbox(em: Session['em'], by: Session['by'], id: string, options: New) {
    if (options.channel !== undefined) throw new UsageError('A test partner has a channel of its own.');
    const { partner_id: partnerId, name } = checked(contract.createPartner.body, {
      partner_id: id,
      name: options.name,
      channel: testChannelOf(id),
    });
    await createTestPartner(em, by, { partnerId, name });
    const partner = await readPartner(em, partnerId);
    print(
      options,
      partner,
      () => `Test partner ${partnerId} sells through channel ${partner.channel}, from pools of its own.`,
    );
  }

  const setStatus = (name: string, status: 'active' | 'suspended', description: string) =>
    onDatabase(partners.command(name).description(description))
      .argument('<partner-id>')
      .action((id: string, options: DatabaseOptions) =>
        withDatabase(options, async ({ em, by }) => {
          await changePartner(em, by, knownPartnerId(id), { status });
          print(options, await readPartner(em, id), () => `Partner ${id} is ${status}.`);
        }),
      );
  setStatus('suspend', 'suspended', "refuse a partner's calls; its holds and orders go on");
  setStatus('resume', 'active', 'admit a suspended partner again');
}
