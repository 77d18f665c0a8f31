import { useSignal } from '@preact/signals';
import { acceptPayment, refundPayment, settleRefund } from './api.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import type { Desk } from './desk.ts';
import type { MoneyAsked } from './intents.tsx';
import { money } from './words.ts';

type Asked = { desk: Desk; of: MoneyAsked; landing: string };

export function AcceptDialog({ desk, of, landing }: Asked) {
  return (
    <ConfirmDialog
      desk={desk}
      title={`Accept this payment${ofAmount(of)}?`}
      confirm="Accept the payment"
      perform={acceptPayment(of.id)}
      told={`Payment ${of.id} is accepted. Tickets follow.`}
      landing={landing}
    >
      {of.reason !== null && <p>{of.reason}</p>}
      <p>
        The payment, as it is, pays the order in full, and the tickets are issued. If the hold has ended
        meanwhile, the units are taken again; where they are sold out, a refund is recorded instead.
      </p>
      <Ids of={of} />
    </ConfirmDialog>
  );
}

/** As the contract limits it. */
const REASON_MAX_LENGTH = 500;

export function RefundDialog({ desk, of, landing }: Asked) {
  const reason = useSignal('');
  return (
    <ConfirmDialog
      desk={desk}
      title={`Refund this payment${ofAmount(of)}?`}
      confirm="Record the refund"
      perform={refundPayment(of.id, reason.value.trim())}
      told={`The refund of payment ${of.id} is recorded. It is now due to be paid out.`}
      landing={landing}
      isReady={reason.value.trim() !== ''}
    >
      {of.reason !== null && <p>{of.reason}</p>}
      <p>
        The payment does not count for its order, and a refund of the whole amount is recorded as due. No
        money moves by this: pay it out, then settle the refund here.
      </p>
      <label class="field">
        <span>Reason, kept with the refund; no personal data</span>
        <input
          required
          maxLength={REASON_MAX_LENGTH}
          onInput={(event) => (reason.value = event.currentTarget.value)}
        />
      </label>
      <Ids of={of} />
    </ConfirmDialog>
  );
}

export function SettleDialog({ desk, of, landing }: Asked) {
  return (
    <ConfirmDialog
      desk={desk}
      title={`Settle this refund${ofAmount(of)}?`}
      confirm="The money has gone back"
      perform={settleRefund(of.id)}
      told={`Refund ${of.id} is settled.`}
      landing={landing}
    >
      {of.reason !== null && <p>{of.reason}</p>}
      <p>
        This notes that the money has gone back, and closes the case. It moves no money and cannot be undone:
        pay first.
      </p>
      <Ids of={of} />
    </ConfirmDialog>
  );
}

const ofAmount = ({ amount }: MoneyAsked): string => (amount ? ` of ${money(amount)}` : '');

const Ids = ({ of }: { of: MoneyAsked }) => (
  <p class="note">
    <code>{of.id}</code> of order <code>{of.orderId}</code>
  </p>
);
