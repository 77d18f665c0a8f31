import { endOperatorSession, getOperatorSession, openOperatorSession } from '../operator-session.ts';
import { example, json } from './example.ts';
import { at } from './story.ts';

const session = {
  partner_id: 'demo-operator',
  name: 'Demo operator',
  label: 'front desk',
  key_prefix: 'alt_live_5fXq',
  expires_at: at.operatorSessionEnd,
};

export const operatorSessionExamples = [
  example(openOperatorSession, { answers: { 201: json(session) } }),
  example(getOperatorSession, { answers: { 200: json(session) } }),
  example(endOperatorSession, { answers: { 200: json({ ended: true }) } }),
];
