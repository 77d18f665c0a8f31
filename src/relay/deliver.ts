import { type Client, isGrpcServiceError, type WorkflowStartOptions } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type {
  LatePaymentPayload,
  ReservationPayload,
  WebhookDeliveryPayload,
  WorkflowCommand,
} from '../db/queries/commands.ts';
import { inSpan, SpanKind, withinTrace } from '../tracing/spans.ts';
import {
  type LatePaymentInput,
  lookAgainSignal,
  type ReservationInput,
  searchAttributes,
  type WebhookDeliveryInput,
  tellTime,
} from '../../workflows/messages.ts';

/** A command that Temporal has not taken by then is left to the relay. */
const DELIVERY_DEADLINE_MS = 5_000;

/**
 * Delivers a command to Temporal. Delivering it again, or late, is harmless: a start attaches to the run
 * that there is, a signal only says "look again", and a new run on a finished row ends at once. It goes on with the
 * trace of the call that wrote the command, whoever delivers it and however late.
 */
export function deliver(client: Client, taskQueue: string, command: WorkflowCommand): Promise<void> {
  const attributes = { 'allotment.workflow_id': command.workflow_id };
  return withinTrace(command.payload.traceparent, () =>
    inSpan(`deliver ${command.kind}`, { kind: SpanKind.PRODUCER, attributes }, () =>
      handOver(client, taskQueue, command),
    ),
  );
}

async function handOver(client: Client, taskQueue: string, command: WorkflowCommand): Promise<void> {
  await client.withDeadline(Date.now() + DELIVERY_DEADLINE_MS, async () => {
    const ids = {
      taskQueue,
      workflowId: command.workflow_id,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
    } as const;
    if (command.kind === 'start_late_payment') {
      const payload = command.payload as LatePaymentPayload;
      const args: [LatePaymentInput] = [{ paymentId: payload.payment_id }];
      await client.workflow.start('latePaymentWorkflow', { ...ids, ...describeLatePayment(payload), args });
      return;
    }
    if (command.kind === 'start_webhook_delivery') {
      const payload = command.payload as WebhookDeliveryPayload;
      const args: [WebhookDeliveryInput] = [{ deliveryId: payload.delivery_id }];
      const options = { ...ids, ...describeWebhookDelivery(payload), args };
      if (payload.again) {
        await client.workflow.signalWithStart('webhookDeliveryWorkflow', {
          ...options,
          signal: lookAgainSignal,
        });
      } else {
        await client.workflow.start('webhookDeliveryWorkflow', options);
      }
      return;
    }
    const payload = command.payload as ReservationPayload;
    const args: [ReservationInput] = [{ reservationId: payload.reservation_id }];
    const options = { ...ids, ...describeReservation(payload), args };
    if (command.kind === 'start_reservation') {
      await client.workflow.start('reservationWorkflow', options);
    } else {
      const signalArgs: [string?] = payload.order_id === undefined ? [] : [payload.order_id];
      await client.workflow.signalWithStart('reservationWorkflow', {
        ...options,
        signal: lookAgainSignal,
        signalArgs,
      });
    }
  });
}

type Description = Pick<WorkflowStartOptions, 'typedSearchAttributes' | 'staticSummary' | 'staticDetails'>;

function describeReservation(payload: ReservationPayload): Description {
  const products = payload.product_ids.join(', ');
  return {
    staticSummary: `${payload.partner_id}: hold on ${products} (${payload.channel})`,
    staticDetails: [
      `Reservation \`${payload.reservation_id}\``,
      `of **${payload.partner_id}** on channel **${payload.channel}**, product ${products}.`,
      `First deadline ${tellTime(payload.expires_at)}.`,
    ].join('\n\n'),
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.partner, value: payload.partner_id },
      { key: searchAttributes.channel, value: payload.channel },
      { key: searchAttributes.productIds, value: payload.product_ids.map(String) },
      { key: searchAttributes.reservationStatus, value: 'held' },
      { key: searchAttributes.holdExpiresAt, value: new Date(payload.expires_at) },
    ]),
  };
}

function describeLatePayment(payload: LatePaymentPayload): Description {
  const order = payload.order_id === undefined ? '' : ` for order \`${payload.order_id}\``;
  return {
    staticSummary: `${payload.partner_id}: payment after its hold ended (${payload.channel})`,
    staticDetails: `Payment \`${payload.payment_id}\`${order}: units again or refund.`,
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.partner, value: payload.partner_id },
      { key: searchAttributes.channel, value: payload.channel },
    ]),
  };
}

/** Without the endpoint's address, which may carry a secret of its partner. */
function describeWebhookDelivery(payload: WebhookDeliveryPayload): Description {
  return {
    staticSummary: `${payload.partner_id}: webhook ${payload.event_type} (${payload.channel})`,
    staticDetails: [
      `Delivery \`${payload.delivery_id}\` of **${payload.event_type}**`,
      `to endpoint \`${payload.endpoint_id}\` of **${payload.partner_id}** on channel **${payload.channel}**.`,
    ].join('\n\n'),
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.partner, value: payload.partner_id },
      { key: searchAttributes.channel, value: payload.channel },
    ]),
  };
}

/** A delivery's failure in a line, for the command's row and the log. */
export function tellFailure(error: unknown): string {
  if (isGrpcServiceError(error)) return `${error.code}: ${error.details}`;
  return error instanceof Error ? error.message : String(error);
}
