import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { HoldRequest } from '../activities/holds.ts';

/**
 * Says "look again", nothing more: what there is to do stands in the database. The order that was paid comes
 * along for whoever reads the history after the database has lost it.
 */
export const lookAgainSignal = defineSignal<[paidOrderId?: string]>('lookAgain');

/** Where a live run stands, for operators; everybody else reads the database. */
export type RunStory = { status: string; expiresAt: string | null; fulfilled: number; refused: number };
export const reservationQuery = defineQuery<RunStory>('reservation');

/** What a reservation's run is started with. Stored in histories that outlive a release: add, never rename. */
export type ReservationInput = { reservationId: string; request?: HoldRequest };
export type LatePaymentInput = { paymentId: string };
export type WebhookDeliveryInput = { deliveryId: string };

/** Where the activities of webhook deliveries are worked on, by a worker of their own. */
export const webhookTaskQueue = (taskQueue: string): string => `${taskQueue}-webhooks`;

/** What operators search runs by; temporal-config/search-attributes.json creates them. */
export const searchAttributes = {
  partner: defineSearchAttributeKey('Partner', SearchAttributeType.KEYWORD),
  channel: defineSearchAttributeKey('Channel', SearchAttributeType.KEYWORD),
  productIds: defineSearchAttributeKey('ProductIds', SearchAttributeType.KEYWORD_LIST),
  reservationStatus: defineSearchAttributeKey('ReservationStatus', SearchAttributeType.KEYWORD),
  holdExpiresAt: defineSearchAttributeKey('HoldExpiresAt', SearchAttributeType.DATETIME),
  /** The step that is tried until it succeeds, while it is. */
  retryingStep: defineSearchAttributeKey('RetryingStep', SearchAttributeType.KEYWORD),
};

/** A time for people who look at a run, to the second. */
export const tellTime = (at: string): string =>
  `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
