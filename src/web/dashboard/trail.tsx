import { type ComponentChildren, Fragment } from 'preact';
import type { SearchMatch, Trail, TrailOrder } from './api.ts';
import { intent } from './state.ts';
import { count, fullTime, money, spoken, units } from './words.ts';

/** Everything that a hold has led to: orders, payments, refunds, tickets, scans, and the run behind it. */
export function TrailView({ of: { kind, trail } }: { of: SearchMatch }) {
  return (
    <article class="trail" aria-label={`Trail of reservation ${trail.reservation.reservation_id}`}>
      <p class="quiet">Found as {spoken(kind)}</p>
      <Reservation of={trail} />
      {trail.orders.length === 0 && <p class="empty">Nothing was ordered from it.</p>}
      {trail.orders.map((order) => (
        <Order key={order.order_id} of={order} />
      ))}
    </article>
  );
}

function Reservation({ of: { reservation: hold, run } }: { of: Trail }) {
  return (
    <section class="step" aria-label="Reservation">
      <div class="head">
        <h3>Reservation</h3>
        <Status of={hold.status} />
      </div>
      <Facts
        of={[
          ['Id', <code>{hold.reservation_id}</code>],
          ['Reference', hold.external_reference],
          ['Partner', `${hold.partner_id}, channel ${hold.channel}`],
          ['Units', count(hold.units)],
          ['Held since', fullTime(hold.created_at)],
          [hold.ended_at === null ? 'Until' : 'Ended', fullTime(hold.ended_at ?? hold.expires_at)],
          ['Run', <Run of={run} />],
        ]}
      />
      {hold.status === 'held' && (
        <div class="actions">
          <button
            type="button"
            class="small"
            onClick={() => (intent.value = { act: 'extend', hold, landing: 'found' })}
          >
            Extend …
          </button>
          <button
            type="button"
            class="small"
            onClick={() => (intent.value = { act: 'release', hold, landing: 'found' })}
          >
            Release …
          </button>
        </div>
      )}
    </section>
  );
}

function Run({ of: { workflow_id: id, url } }: { of: Trail['run'] }) {
  if (url === null) return <code>{id}</code>;
  return (
    <a href={url} target="_blank" rel="noreferrer" aria-label="The run in the Temporal Web UI">
      <code>{id}</code>
    </a>
  );
}

const Status = ({ of }: { of: string }) => <span class={`status ${of}`}>{spoken(of)}</span>;

function Facts({ of }: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of
        .filter(([, value]) => value !== null)
        .map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}

/** How many tickets and scans are listed by name; a group of hundreds is told by its counts. */
function Order({ of: order }: { of: TrailOrder }) {
  return (
    <section class="step" aria-label={`Order ${order.order_id}`}>
      <div class="head">
        <h3>Order</h3>
        <Status of={order.status} />
      </div>
      <Facts
        of={[
          ['Id', <code>{order.order_id}</code>],
          ['Reference', order.reference],
          ['Total', `${money(order.total)} for ${units(order.quantity)}`],
          ['Placed', fullTime(order.created_at)],
        ]}
      />
    </section>
  );
}
