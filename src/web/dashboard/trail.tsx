import type { ComponentChildren } from 'preact';
import type { SearchMatch, Trail, TrailOrder } from './api.ts';
import { intent } from './state.ts';
import { count, fullTime, many, money, spoken, units } from './words.ts';

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
      {trail.orders_count > trail.orders.length && (
        <p class="note">
          {trail.orders.length} of {many(trail.orders_count, 'order')} are shown; find another by its id.
        </p>
      )}
    </article>
  );
}

function Reservation({ of: { reservation: hold, run } }: { of: Trail }) {
  // What is sold or given back is not asked about any more.
  const left = hold.lines.reduce((sum, line) => sum + line.units - line.sold - line.released, 0);
  const asked = { ...hold, units: left };
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
          ['Units', <Lines of={hold.lines} />],
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
            onClick={() => (intent.value = { act: 'extend', hold: asked, landing: 'found' })}
          >
            Extend …
          </button>
          <button
            type="button"
            class="small"
            onClick={() => (intent.value = { act: 'release', hold: asked, landing: 'found' })}
          >
            Release …
          </button>
        </div>
      )}
    </section>
  );
}

function Lines({ of }: { of: Trail['reservation']['lines'] }) {
  return of.map((line) => (
    <p key={line.product_id}>
      {count(line.units)} of product {line.product_id}: {count(line.ordered)} ordered, {count(line.sold)}{' '}
      sold, {count(line.released)} released
    </p>
  ));
}

function Run({ of: { workflow_id: id, url } }: { of: Trail['run'] }) {
  if (url === null) return <code>{id}</code>;
  return (
    <a href={url} target="_blank" rel="noreferrer" aria-label={`${id} in the Temporal Web UI`}>
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
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Order({ of: order }: { of: TrailOrder }) {
  const { payments, refunds, tickets, scans, scans_count } = order;
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
          ['Paid', order.paid_at && fullTime(order.paid_at)],
          ['Tickets', order.fulfilled_at && fullTime(order.fulfilled_at)],
          ['Failed', order.failure_reason],
        ]}
      />
      {payments.length === 0 && <p class="empty">No payment has come for it.</p>}
      {payments.map((payment) => (
        <Payment key={payment.payment_id} of={payment} orderId={order.order_id} />
      ))}
      {refunds.map((refund) => (
        <Refund key={refund.refund_id} of={refund} orderId={order.order_id} />
      ))}
      {tickets.count > 0 && <Tickets of={tickets} />}
      {scans.length > 0 && <Scans of={scans} count={scans_count} />}
    </section>
  );
}

function Payment({ of, orderId }: { of: TrailOrder['payments'][number]; orderId: string }) {
  const asked = {
    id: of.payment_id,
    orderId,
    amount: of.paid,
    reason: of.reason,
  };
  return (
    <section class="step" aria-label={`Payment ${of.payment_id}`}>
      <div class="head">
        <h3>Payment of {money(of.paid)}</h3>
        <Status of={of.verdict} />
      </div>
      <Facts
        of={[
          ['Id', <code>{of.payment_id}</code>],
          ['Reference', of.payment_reference],
          ['Received', fullTime(of.received_at)],
          ['Why', of.reason],
        ]}
      />
      {of.verdict === 'review' && (
        <div class="actions">
          {(['accept', 'refund'] as const).map((act) => (
            <button
              key={act}
              type="button"
              class="small"
              onClick={() => (intent.value = { act, of: asked, landing: 'found' })}
            >
              {act === 'accept' ? 'Accept …' : 'Refund …'}
            </button>
          ))}
        </div>
      )}
    </section>
  );
}

function Refund({ of, orderId }: { of: TrailOrder['refunds'][number]; orderId: string }) {
  const asked = { id: of.refund_id, orderId, amount: of.amount, reason: of.reason };
  return (
    <section class="step" aria-label={`Refund ${of.refund_id}`}>
      <div class="head">
        <h3>Refund of {money(of.amount)}</h3>
        <Status of={of.status} />
      </div>
      <Facts
        of={[
          ['Id', <code>{of.refund_id}</code>],
          ['Why', of.reason],
          ['Recorded', fullTime(of.created_at)],
          ['Settled', of.settled_at && fullTime(of.settled_at)],
        ]}
      />
      {of.status === 'due' && (
        <div class="actions">
          <button
            type="button"
            class="small"
            onClick={() => (intent.value = { act: 'settle', of: asked, landing: 'found' })}
          >
            Settle …
          </button>
        </div>
      )}
    </section>
  );
}

/** So many are listed at first; a group has hundreds. */
const FEW_TICKETS = 10;

function Tickets({ of: { count: all, items } }: { of: TrailOrder['tickets'] }) {
  const list = (
    <ul class="codes">
      {items.map((ticket) => (
        <li key={ticket.ticket_code}>
          <code>{ticket.ticket_code}</code> {spoken(ticket.status)}
        </li>
      ))}
    </ul>
  );
  return (
    <section class="step" aria-label="Tickets">
      <h3>{many(all, 'ticket')}</h3>
      {items.length <= FEW_TICKETS ? (
        list
      ) : (
        <details>
          <summary>{items.length < all ? `The first ${items.length}` : 'All of them'}</summary>
          {list}
        </details>
      )}
    </section>
  );
}

function Scans({ of, count: all }: { of: TrailOrder['scans']; count: number }) {
  return (
    <section class="step" aria-label="Scans">
      <h3>
        {many(all, 'scan')}
        {all > of.length && `, the last ${of.length}`}
      </h3>
      <ul class="codes">
        {of.map((scan) => (
          <li key={`${scan.ticket_code} ${scan.redeemed_at}`}>
            {fullTime(scan.redeemed_at)}: {count(scan.quantity)} × {scan.function_code}
            {scan.venue_code !== null && ` at ${scan.venue_code}`}, <code>{scan.ticket_code}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
