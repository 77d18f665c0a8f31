import { visitIsOver } from '../accept/place-order.ts';
import { isDate } from '../domain/calendar.ts';
import type { FieldProblem } from '../domain/errors.ts';

/** A pricing context as the pricing engine knows it. */
export function toQuoteRequest(context: {
  visit_date: string;
  customer_breakdown: { customer_type: string; count: number }[];
  addons?: { addon_id: string; quantity: number }[] | undefined;
}) {
  return {
    visitDate: context.visit_date,
    breakdown: context.customer_breakdown.map(({ customer_type, count }) => ({
      customerType: customer_type,
      count,
    })),
    addons: (context.addons ?? []).map(({ addon_id, quantity }) => ({ addonId: addon_id, quantity })),
  };
}

/** A visit that is over, in a pricing context that need not be well-formed. */
export function visitProblems(context: unknown, today: string, path: string[]): FieldProblem[] {
  const date =
    typeof context === 'object' && context !== null && 'visit_date' in context
      ? context.visit_date
      : undefined;
  const over = typeof date === 'string' && isDate(date) && date < today;
  return over ? [visitIsOver(today, [...path, 'visit_date'])] : [];
}
