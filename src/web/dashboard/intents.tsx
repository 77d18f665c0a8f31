import type { ExpiringHold, Money } from './api.ts';
import type { Desk } from './desk.ts';
import { ExtendDialog, ReleaseDialog } from './hold-dialogs.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { AcceptDialog, RefundDialog, SettleDialog } from './payment-dialogs.tsx';
import { intent } from './state.ts';

/** A hold as far as a confirmation speaks of it; lists and trails both know this much. */
export type HoldAsked = Pick<
  ExpiringHold,
  'reservation_id' | 'partner_id' | 'channel' | 'units' | 'expires_at'
>;
/** A payment or a refund, and why it is there. */
export type MoneyAsked = { id: string; orderId: string; amount: Money | null; reason: string | null };

/** What an operator is about to do, and to what. `landing` is where the focus goes when it is done. */
export type Intent =
  | { act: 'release' | 'extend'; hold: HoldAsked; landing: string }
  | { act: 'accept' | 'refund' | 'settle'; of: MoneyAsked; landing: string }
  | { act: 'move'; productId: number };

/** The confirmation of what was asked for, if anything is. */
export function Confirmation({ desk }: { desk: Desk }) {
  const asked = intent.value;
  switch (asked?.act) {
    case undefined:
      return null;
    case 'release':
      return <ReleaseDialog desk={desk} {...asked} />;
    case 'extend':
      return <ExtendDialog desk={desk} {...asked} />;
    case 'accept':
      return <AcceptDialog desk={desk} {...asked} />;
    case 'refund':
      return <RefundDialog desk={desk} {...asked} />;
    case 'settle':
      return <SettleDialog desk={desk} {...asked} />;
    case 'move':
      return <MoveDialog desk={desk} productId={asked.productId} />;
  }
}
