/**
 * Who and what the examples tell of: an agency holds five units of product 106, sells three of them, is paid
 * and gives the rest back; a guest of the own shop buys two. Nothing here was ever issued, and the key that
 * signed the codes is gone.
 */
export const ORIGIN = 'https://tickets.example.com';
export const DAY = '2030-06-03';
export const VISIT = '2030-06-15';
export const partnerId = 'sample-agency';
export const partnerName = 'Sample agency';

export const at = {
  registered: '2030-05-20T08:00:00.000Z',
  held: '2030-06-03T02:00:00.000Z',
  /** Of a hold for less than a day, before and after it was extended. */
  shortEnd: '2030-06-03T14:00:00.000Z',
  extendedEnd: '2030-06-04T01:30:00.000Z',
  /** Then once more, by an operator. */
  prolongedEnd: '2030-06-04T05:30:00.000Z',
  ordered: '2030-06-03T02:02:00.000Z',
  paid: '2030-06-03T02:03:00.000Z',
  fulfilled: '2030-06-03T02:03:01.000Z',
  released: '2030-06-03T09:00:00.000Z',
  /** A day after the hold began, as late as a hold can end. */
  heldUntil: '2030-06-04T02:00:00.000Z',
  disputed: '2030-06-04T03:02:00.000Z',
  lookedAtHour: '2030-06-04T03:00:00.000Z',
  lookedAt: '2030-06-04T03:05:00.000Z',
  decided: '2030-06-04T03:10:00.000Z',
  settled: '2030-06-04T06:00:00.000Z',
  shopOrdered: '2030-06-04T05:00:00.000Z',
  shopDue: '2030-06-04T05:15:00.000Z',
  gateAskedBefore: '2030-06-15T02:00:00.000Z',
  admitted: '2030-06-15T02:30:12.000Z',
  operatorSessionEnd: '2030-06-04T15:00:00.000Z',
  gateSessionEnd: '2030-07-15T02:00:00.000Z',
} as const;

export const ids = {
  reservation: '01bbef20-8d00-707c-8f7f-8df256a4bff6',
  shortReservation: '01bbef21-7760-74b5-9661-219fc23f8a3a',
  order: '01bbef22-61c0-70d3-afa4-6132857ff684',
  payment: '01bbef23-4c20-754b-a733-de421d62f5cd',
  disputedReservation: '01bbf47d-d780-750c-a29f-ae3e956a415d',
  disputedOrder: '01bbf47e-c1e0-748a-a9b4-fb2b1afd23d1',
  disputedPayment: '01bbf47f-ac40-72c2-a1b9-32e2672999d3',
  refund: '01bbf486-ff40-710c-a2d7-c60b25ce2710',
  cancelledOrder: '01bbf482-6b60-7632-ac4d-2cf9314d7187',
  testReservation: '01bbe9c3-4280-7421-98a6-c4506854caea',
  shopReservation: '01bbf4eb-b480-7565-86f1-1bcceadd6496',
  shopOrder: '01bbf4eb-b481-758b-a80a-edab98ca183d',
  endpoint: '01bbe61d-6c00-73d7-98fe-b6f2c1886551',
  event: '01bbef23-5008-7369-8a0d-e074b5aae2b3',
  delivery: '01bbef23-5009-7301-90dd-db69c8b8febf',
  testEvent: '01bbe61e-565f-759c-b336-e45107b7e258',
  testDelivery: '01bbe61e-5660-7634-ae8c-09d0dee7ee2a',
  key: '01bba851-1c00-7039-8c36-f0223a1f3eb6',
  nextKey: '01bbe654-5a80-75df-a9c6-e9a8db9127cb',
  gateKey: '01bba86c-9340-75c7-a971-91892914b133',
  rule: '01bba888-0a80-73ca-866d-dc8a2cc2f6c4',
  request: '01bbef24-3680-7350-b59b-261b2c9daa20',
} as const;

export const references = { reservation: 'summer-trip', order: 'booking-20881', payment: 'payment-70115' };
export const customer = { name: 'Chan Tai Man', email: 'guest@example.com' };

/** Codes with the texts of their QRs; the key set of the examples verifies them. */
export const codes = {
  adult: {
    code: 'EVLJYWNZ7OPBS76GCLY2LVNAJA',
    qr: 'CGG4VJCXEVLJYWNZ7OPBS76GCLY2LVNAJAALOJGHJXNSGBPHUT6PQF4UOKSGB3PS5VHO6NR3NKYYBE3X3MSPP4CTIDL5O3GXAH5NY7HS2RNH64PQSBVXTX5HJV56AWTPSPCXYIO7BQ',
  },
  secondAdult: {
    code: 'G7LQUM4OD3HBD6TLWN654IEMXA',
    qr: 'CGG4VJCXG7LQUM4OD3HBD6TLWN654IEMXAAJZQA5FHUCKWIORA53PTJLIVRA5J7I5OYYO7LH2KIZS5Q2FDXGQR3T2RPS5T7VTXYDCQ6OAIHKBEDJAJJ32RPA7PDKWCZZPHQUSOW7AM',
  },
  child: {
    code: 'S6HZR54EB2UHXOTIXJC6H2OKAA',
    qr: 'CGG4VJCXS6HZR54EB2UHXOTIXJC6H2OKAAANARNQLLWEJIFJUM4L6N3WUF5IY73JMC645RZAFA5SBMFJWF3NW3ZPO7RZFBN4G6DTEZDLKFJAFW5A5PV4HPBUCARK2OEI2UFCNP52AQ',
  },
  shopAdult: {
    code: 'CRF7YFFSCIRCQTNINDVEAZQM5M',
    qr: 'CGG4VJCXCRF7YFFSCIRCQTNINDVEAZQM5MAKQPGQUWKCB27FVK4WZ73423LTX76OUEGKAGHURAO5ZGPWICGVFD4WGPH36TN4X3LUB7RRXHDIARQZRNE25RSFD5NECWZT5QDSOTZ3A4',
  },
  shopPet: {
    code: 'TIIHBVLH2CCDUKM3H47C5BBK4Y',
    qr: 'CGG4VJCXTIIHBVLH2CCDUKM3H47C5BBK4YAPTYBA45LISRQAYYZ3OLAWWATNFSWC7EBG5JPPS22UNWKUXALEIVFBR4X76IX2L6YIFSNXUVAOQTOX5OYRB2ZWIX44HDFW72IPIOK2A4',
  },
} as const;
export const keySet = {
  keys: [
    {
      kty: 'OKP',
      crv: 'Ed25519',
      x: 'RCk8N5zjSMtn-1Xca9d0MRbso6ImakaPPhsamxQOA54',
      kid: '8dcaa457',
      use: 'sig',
      alg: 'EdDSA',
    },
  ],
};
/** The adult's code as a phone shows it. */
export const rotating = {
  qr: 'CKG4VJCXEVLJYWNZ7OPBS76GCLY2LVNAJAAHDNMDMSY3JT4BJSZMW7XZPAEV6KSUPDUW7A34SLOCTY5AJFK7TJ4O33ZAGNWD75A3VG23SHBFUTOTANQPMHGLBFT3SFOG5WTOYH6YJSEE4BE5XZH3YAY',
  expires_at: '2030-06-15T02:31:00.000Z',
};
