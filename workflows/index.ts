export { latePaymentWorkflow } from './late-payment.ts';
export { reservationWorkflow } from './reservation.ts';
