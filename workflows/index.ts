export { dailyStatementWorkflow } from './daily-statement.ts';
export { latePaymentWorkflow } from './late-payment.ts';
export { reservationWorkflow } from './reservation.ts';
export { webhookDeliveryWorkflow } from './webhook-delivery.ts';
