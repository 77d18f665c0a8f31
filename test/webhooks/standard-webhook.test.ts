import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { isSignedWith, isTimely, signWebhook } from '../../src/webhooks/standard-webhook.ts';

const secret = `whsec_${randomBytes(24).toString('base64')}`;
const now = new Date();
const timestamp = Math.floor(now.getTime() / 1000);
const headersFor = (id: string, signature: string) => ({ id, timestamp: String(timestamp), signature });

const at = (offsetSeconds: number) => ({
  id: 'm',
  signature: '',
  timestamp: String(1_800_000_000 + offsetSeconds),
});

describe('signWebhook', () => {
  it('gives the signature of the specification’s own example', () => {
    expect(
      signWebhook(
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        1_614_265_330,
        '{"test": 2432232314}',
      ),
    ).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('signs as the reference library does, and is verified by it', () => {
    const library = new Webhook(secret);
    fc.assert(
      fc.property(fc.json(), fc.uuid(), (body, id) => {
        const signature = signWebhook(secret, id, timestamp, body);
        expect(signature).toBe(library.sign(id, now, body));
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signature,
        };
        expect(library.verify(body, headers)).toEqual(JSON.parse(body));
      }),
    );
  });
});

describe('isSignedWith', () => {
  it('accepts what the reference library signs', () => {
    const library = new Webhook(secret);
    fc.assert(
      fc.property(fc.json(), fc.uuid(), (body, id) => {
        expect(isSignedWith(secret, headersFor(id, library.sign(id, now, body)), body)).toBe(true);
      }),
    );
  });

  const body = '{"order_id":"1"}';
  const good = signWebhook(secret, 'msg_1', timestamp, body);

  it.each([
    ['another secret', `whsec_${randomBytes(24).toString('base64')}`, 'msg_1', good, body],
    ['another id', secret, 'msg_2', good, body],
    ['another body', secret, 'msg_1', good, `${body} `],
    ['another version', secret, 'msg_1', good.replace('v1,', 'v2,'), body],
    ['no version', secret, 'msg_1', good.slice(3), body],
    ['no signature', secret, 'msg_1', '', body],
    ['an empty signature', secret, 'msg_1', 'v1,', body],
    ['a cut signature', secret, 'msg_1', good.slice(0, -4), body],
    ['a longer signature', secret, 'msg_1', `${good.slice(0, -1)}AAAA`, body],
  ])('refuses %s', (_what, key, id, signature, text) => {
    expect(isSignedWith(key, headersFor(id, signature), text)).toBe(false);
  });

  it('refuses another timestamp', () => {
    const headers = { ...headersFor('msg_1', good), timestamp: String(timestamp + 1) };
    expect(isSignedWith(secret, headers, body)).toBe(false);
  });

  it('accepts a good signature among others, as a sender in rotation sends them', () => {
    const other = signWebhook(`whsec_${randomBytes(24).toString('base64')}`, 'msg_1', timestamp, body);
    for (const signature of [
      `${other} ${good}`,
      `${good} ${other}`,
      `v1a,xyz ${good}`,
      `x ${other}  ${good}`,
    ]) {
      expect(isSignedWith(secret, headersFor('msg_1', signature), body)).toBe(true);
    }
    expect(isSignedWith(secret, headersFor('msg_1', `${other} ${other}`), body)).toBe(false);
  });
});

describe('isTimely', () => {
  const moment = new Date(1_800_000_000_000);

  it.each([0, 300, -300, 299, -299])('allows a clock that is %i seconds off', (seconds) => {
    expect(isTimely(at(seconds), moment)).toBe(true);
  });

  it.each([301, -301, 86_400, -1_800_000_000])('refuses a clock that is %i seconds off', (seconds) => {
    expect(isTimely(at(seconds), moment)).toBe(false);
  });

  it.each([
    '',
    'now',
    '1e9',
    '1800000000.5',
    '-1',
    '+1800000000',
    ' 1800000000',
    '0x6B49D200',
    '9'.repeat(16),
  ])('refuses the timestamp "%s"', (text) => {
    expect(isTimely({ id: 'm', signature: '', timestamp: text }, moment)).toBe(false);
  });
});
