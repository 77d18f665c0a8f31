import { endGateSession, getGate, listRevocations, openGateSession } from '../gate.ts';
import { example, json } from './example.ts';
import { at, codes } from './story.ts';

export const gateExamples = [
  example(openGateSession, { answers: { 201: json({ expires_at: at.gateSessionEnd }) } }),
  example(endGateSession, { answers: { 200: json({ ended: true }) } }),
  example(getGate, {
    answers: {
      200: json({
        name: 'Demo gate',
        venue_code: null,
        venues: [{ venue_code: 'pier-1', name: 'Pier 1' }],
        functions: [
          { function_code: 'ferry', label: 'Ferry' },
          { function_code: 'monchhichi_gift', label: 'Monchhichi gift' },
          { function_code: 'pet_ferry', label: 'Pet ferry' },
          { function_code: 'pet_playground', label: 'Pet playground' },
          { function_code: 'playground_tokens', label: 'Playground tokens' },
          { function_code: 'tea_set', label: 'Tea set' },
          { function_code: 'vip_ferry', label: 'VIP ferry' },
        ],
        as_of: at.admitted,
      }),
    },
  }),
  example(listRevocations, {
    query: { since: at.gateAskedBefore, limit: 1_000 },
    answers: { 200: json({ items: [codes.shopAdult.code], next_cursor: null, as_of: at.admitted }) },
  }),
];
