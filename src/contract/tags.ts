/** The groups of the reference, in its order: first what an agency needs. */
export const tags = [
  { name: 'Agencies', description: 'See what can be sold, hold it, order, pay, get tickets, reconcile.' },
  { name: 'Payments', description: 'What a payment provider says, signed.' },
  { name: 'Webhooks', description: 'Where you are told what happens, and what became of each message.' },
  { name: 'Catalogue and prices', description: 'Public: products, price rules, and the price of a visit.' },
  { name: 'Direct sale', description: 'Orders of the own shop, with a key of channel `direct`.' },
  { name: 'Tickets and gate', description: 'Tickets and their QR codes; the scan that admits.' },
  {
    name: 'Operators',
    description:
      'The dashboard’s calls, payments under review and refunds. Needs a key with `admin`, as all below.',
  },
  { name: 'Operators: partners and keys', description: 'Who may call, and with which keys.' },
  { name: 'Operators: products and prices', description: 'What is on sale, with what it admits to.' },
  { name: 'Operators: channels', description: 'Who may sell how much.' },
  { name: 'Operators: venues and customers', description: 'Gates, and the erasure of personal data.' },
  { name: 'Service', description: 'Whether this server is alive and can sell.' },
];
