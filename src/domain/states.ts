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
