import { acceptPayment, listPayments, listRefunds, refundPayment, settleRefund } from './cases.ts';
import { getCatalog, getInventory } from './inventory.ts';
import type { Operation } from './operation.ts';
import {
  activateOrder,
  cancelOrder,
  getDirectOrder,
  getDirectOrderTickets,
  getOrder,
  getOrderTickets,
  listOrders,
  placeDirectOrder,
  placeOrder,
} from './orders.ts';
import { notifyPayment } from './payments.ts';
import { calculatePrice, getPriceRules } from './pricing.ts';
import {
  extendReservation,
  getReservation,
  listReservations,
  releaseReservation,
  reserve,
} from './reservations.ts';
import { getHealth, getReadiness, getVersion } from './service.ts';
import { getKeySet, getTicket, getTicketQrPng, getTicketQrSvg, rotateQr, scan } from './tickets.ts';

/** The whole contract, in the order in which the documentation shows it. */
export const operations: Operation[] = [
  getInventory,
  reserve,
  listReservations,
  getReservation,
  extendReservation,
  releaseReservation,
  placeOrder,
  listOrders,
  getOrder,
  getOrderTickets,
  cancelOrder,
  activateOrder,
  notifyPayment,
  getCatalog,
  calculatePrice,
  getPriceRules,
  placeDirectOrder,
  getDirectOrder,
  getDirectOrderTickets,
  getTicket,
  getTicketQrSvg,
  getTicketQrPng,
  rotateQr,
  scan,
  getKeySet,
  listPayments,
  acceptPayment,
  refundPayment,
  listRefunds,
  settleRefund,
  getHealth,
  getReadiness,
  getVersion,
];
