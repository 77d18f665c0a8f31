import type { Command } from 'commander';
import { type Decision, decidePayment, settleRefund } from '../accept/decide-payment.ts';
import * as contract from '../contract/cases.ts';
import { Payment, Refund } from '../db/entities/sale.ts';
import { presentPayment, presentRefund } from '../http/present/cases.ts';
import { knownUuid, readPayment, readRefund } from '../http/read-operators.ts';
import { amount, noteTheLimit, print, table, withExamples } from './output.ts';
import { checked, type DatabaseOptions, onDatabase, withDatabase } from './session.ts';

const money = ({ amount: minor, currency, currency_precision }: ReturnType<typeof presentRefund>['amount']) =>
  `${amount(minor, currency_precision)} ${currency}`;

/** `allotment payments …` and `allotment refunds …` */
export function caseCommands(program: Command): void {
  const payments = withExamples(
    program.command('payments').description('payments, and those that wait for a decision'),
    'allotment payments list --verdict review',
  );

  onDatabase(
    payments.command('list').description('payments, newest first'),
    'allotment payments list --verdict review',
  )
    .option('--verdict <verdict>', 'accepted, review, refund_due or failed; review are the open cases')
    .option('--limit <count>', 'at most so many', '50')
    .action((options: DatabaseOptions & { verdict?: string; limit: string }) =>
      withDatabase(options, async ({ em }) => {
        const { verdict, limit } = checked(contract.listPayments.query, {
          verdict: options.verdict,
          limit: options.limit,
        });
        const where = verdict === undefined ? {} : { verdict };
        const order = { orderBy: { paymentId: 'desc' }, limit } as const;
        const found = await em.find(Payment, where, { populate: ['order'], ...order });
        noteTheLimit(found, limit);
        const shown = found.map(presentPayment);
        const rows = shown.map((payment) => ({
          ...payment,
          paid: money(payment.paid),
          order_total: money(payment.order_total),
        }));
        const columns = [
          'payment_id',
          'order_id',
          'verdict',
          'paid',
          'order_total',
          'payment_reference',
          'reason',
        ];
        print(options, shown, () => table(rows, columns));
      }),
    );

  onDatabase(
    payments.command('accept').description('decide that a payment under review pays its order'),
    'allotment payments accept 01a20754-ba5f-7605-8211-5586c6c2f9c5',
  )
    .argument('<payment-id>')
    .action((id: string, options: DatabaseOptions) => decide(id, options, { act: 'accept' }));
  onDatabase(
    payments.command('refund').description('decide that a payment under review goes back'),
    'allotment payments refund 01a20754-ba5f-7605-8211-5586c6c2f9c5 --reason "paid twice"',
  )
    .argument('<payment-id>')
    .requiredOption('--reason <text>', 'kept with the refund')
    .action((id: string, options: DatabaseOptions & { reason: string }) => {
      const { reason } = checked(contract.refundPayment.body, { reason: options.reason });
      return decide(id, options, { act: 'refund', reason });
    });

  refundCommands(program);
}

function decide(id: string, options: DatabaseOptions, decision: Decision): Promise<void> {
  return withDatabase(options, async ({ em, by }) => {
    const paymentId = knownUuid('payment', id);
    // Its run is woken by the relay, which delivers the command within seconds.
    const { result } = await decidePayment(em, by, paymentId, decision, (tx) => readPayment(tx, paymentId));
    print(options, result, () => `Payment ${paymentId} is ${result.verdict}.`);
  });
}

function refundCommands(program: Command): void {
  const refunds = withExamples(
    program.command('refunds').description('money that must go back'),
    'allotment refunds list --status due',
  );

  onDatabase(
    refunds.command('list').description('refunds, newest first'),
    'allotment refunds list --status due',
  )
    .option('--status <status>', 'due or settled')
    .option('--limit <count>', 'at most so many', '50')
    .action((options: DatabaseOptions & { status?: string; limit: string }) =>
      withDatabase(options, async ({ em }) => {
        const { status, limit } = checked(contract.listRefunds.query, {
          status: options.status,
          limit: options.limit,
        });
        const where = status === undefined ? {} : { status };
        const order = { orderBy: { refundId: 'desc' }, limit } as const;
        const found = await em.find(Refund, where, { populate: ['order'], ...order });
        noteTheLimit(found, limit);
        const shown = found.map(presentRefund);
        const rows = shown.map((refund) => ({ ...refund, amount: money(refund.amount) }));
        print(options, shown, () =>
          table(rows, ['refund_id', 'order_id', 'amount', 'status', 'created_at', 'reason']),
        );
      }),
    );

  onDatabase(
    refunds.command('settle').description('note that the money has gone back'),
    'allotment refunds settle 01a20754-ba5f-7605-8211-5586c6c2f9c5',
  )
    .argument('<refund-id>')
    .action((id: string, options: DatabaseOptions) =>
      withDatabase(options, async ({ em, by }) => {
        const refundId = knownUuid('refund', id);
        const { result } = await settleRefund(em, by, refundId, (tx) => readRefund(tx, refundId));
        print(options, result, () => `Refund ${refundId} is ${result.status}.`);
      }),
    );
}
