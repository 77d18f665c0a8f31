/** The closed lists of states. The moves between them are kept by the database (status_may_move). */
export const reservationStatuses = ['held', 'completed', 'released', 'expired'] as const;
export type ReservationStatus = (typeof reservationStatuses)[number];

export const orderStatuses = [
  'pending_payment',
  'paid',
  'fulfilled',
  'expired',
  'cancelled',
  'refund_due',
] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export const paymentVerdicts = ['accepted', 'review', 'refund_due', 'failed'] as const;
export type PaymentVerdict = (typeof paymentVerdicts)[number];

export const ticketStatuses = ['valid', 'redeemed', 'void'] as const;

/** A partner of mode `test` sells nothing that is real. */
export const partnerModes = ['live', 'test'] as const;
export type PartnerMode = (typeof partnerModes)[number];

/** What waits for somebody: for an operator's decision, or for a part that should have seen to it by now. */
export const caseKinds = [
  'payment_in_review',
  'refund_due',
  'order_unissued',
  'late_payment_undecided',
  'webhook_failing',
  'command_undelivered',
] as const;
export type CaseKind = (typeof caseKinds)[number];

/** What an operator's search can find. */
export const matchKinds = [
  'reservation',
  'order',
  'payment',
  'refund',
  'ticket',
  'scan',
  'webhook_event',
  'webhook_delivery',
] as const;
export type MatchKind = (typeof matchKinds)[number];
