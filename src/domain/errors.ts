/** Every way in which a call can be refused. docs/errors.md says for each what to do; a test compares the two. */
export const refusalCodes = [
  'MALFORMED_REQUEST',
  'API_KEY_MISSING',
  'API_KEY_INVALID',
  'SIGNATURE_INVALID',
  'PERMISSION_MISSING',
  'PARTNER_SUSPENDED',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'NOT_ACCEPTABLE',
  'ALLOTMENT_EXHAUSTED',
  'RESERVATION_EXHAUSTED',
  'RESERVATION_NOT_HELD',
  'REFERENCE_TAKEN',
  'ALREADY_PAID',
  'PAYMENT_IN_REVIEW',
  'ALREADY_DECIDED',
  'HOLD_ENDED',
  'ORDER_CANCELLED',
  'ORDER_NOT_CANCELLABLE',
  'NO_TICKETS',
  'ALLOCATION_NOT_FREE',
  'ALLOCATIONS_EXCEED_CAP',
  'ALREADY_EXISTS',
  'KEY_ENDED',
  'ENTITLEMENT_NEEDED',
  'VENUE_IN_USE',
  'TOO_MANY_ENDPOINTS',
  'ENDPOINT_DISABLED',
  'TOKEN_REPLAYED',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'VALIDATION_FAILED',
  'IDEMPOTENCY_KEY_REUSED',
  'SCAN_ID_REUSED',
  'TOKEN_INVALID',
  'TICKET_VOID',
  'TICKET_TEST',
  'WRONG_FUNCTION',
  'NOTHING_REMAINING',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
  'UNAVAILABLE',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** What is wrong with one field, by its path on the wire. */
export type FieldProblem = { path: string[]; message: string };

/**
 * An expected refusal: the caller's to act on, never a bug. `detail` says which state is in the way and
 * what to do; `facts` are further members of the answer, such as `available`.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly fields: FieldProblem[];
  readonly facts: Record<string, unknown>;

  constructor(
    code: RefusalCode,
    detail: string,
    more: { fields?: FieldProblem[]; facts?: Record<string, unknown> } = {},
  ) {
    super(detail);
    this.code = code;
    this.fields = more.fields ?? [];
    this.facts = more.facts ?? {};
  }
}

/** A refusal that names every bad field at once. */
export function invalid(fields: FieldProblem[]): Refusal {
  const detail = fields.length === 1 ? 'One field is not valid.' : `${fields.length} fields are not valid.`;
  return new Refusal('VALIDATION_FAILED', detail, { fields });
}

/** Another partner's things and things that never existed look the same from outside. */
export function notFound(what: string, id: string): Refusal {
  return new Refusal('NOT_FOUND', `There is no ${what} ${id}.`);
}
