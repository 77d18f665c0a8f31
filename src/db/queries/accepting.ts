import { type RawBuilder, sql } from 'kysely';

/** An Idempotency-Key (or another key of the same kind) and the body it came with. */
export type AnswerKey = { operation: string; key: string; fingerprint: Buffer };

/** Who asks, and what to keep of the asking: written in the transaction that accepts. */
export type Accepting = {
  partnerId: string;
  channel: string;
  keyId: string | null;
  requestId: string;
  answerKeys: AnswerKey[];
};

/**
 * The CTEs that the accepting statement of a single call ends with: one audit row, and the answer kept under each of the
 * caller's keys. `from` names a CTE with one row when the statement was accepted and none when it was
 * refused. A key that is taken violates `one_answer_for_a_key`, which undoes the whole statement.
 */
export function auditAndAnswer(
  by: Accepting,
  action: string,
  from: string,
  subject: RawBuilder<unknown>,
  result: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    audit as (
      insert into audit_log (actor, key_id, action, subject, request_id, outcome)
      select ${by.partnerId}, ${by.keyId}::uuid, ${action}, ${subject}, ${by.requestId}, 'accepted'
        from ${sql.ref(from)}
    ), answers as (
      insert into idempotent_answers (partner_id, operation, idempotency_key, fingerprint, result)
      select ${by.partnerId}, a.operation, a.idempotency_key, a.fingerprint, ${result}
        from ${sql.ref(from)},
             unnest(${by.answerKeys.map((k) => k.operation)}::text[],
                    ${by.answerKeys.map((k) => k.key)}::text[],
                    ${by.answerKeys.map((k) => k.fingerprint)}::bytea[])
               as a (operation, idempotency_key, fingerprint)
    )`;
}

/**
 * That none of the caller's keys has an answer as far as this statement sees. Asked before anything is locked, it
 * has a repeat change nothing; one that runs beside its first is still undone by `one_answer_for_a_key`.
 *
 * `offset 0` keeps the planner from making a join of it, for which it may read all answers that the partner has.
 */
export const isFirst = (by: Accepting): RawBuilder<unknown> => sql`
    not exists (select from unnest(${by.answerKeys.map((k) => k.operation)}::text[],
                                   ${by.answerKeys.map((k) => k.key)}::text[]) as k (operation, idempotency_key)
                 where exists (select from idempotent_answers kept
                                where kept.partner_id = ${by.partnerId} and kept.operation = k.operation
                                  and kept.idempotency_key = k.idempotency_key offset 0))`;

/** A change that the worker makes, for the audit log; where a run asked for it, the run is the request. */
export function auditByWorker(
  action: string,
  from: string,
  subject: RawBuilder<unknown>,
  run: RawBuilder<unknown> = sql`null`,
): RawBuilder<unknown> {
  return sql`
    audit as (
      insert into audit_log (actor, action, subject, request_id, outcome)
      select 'worker', ${action}, ${subject}, ${run}, 'done' from ${sql.ref(from)}
    )`;
}

/** The run of the reservation of a row, as its id in Temporal. */
export const runOf = (row: string): RawBuilder<unknown> =>
  sql`'reservation:' || ${sql.ref(row)}.reservation_id`;
