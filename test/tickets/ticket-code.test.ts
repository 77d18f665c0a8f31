import { describe, expect, it } from '@jest/globals';
import { isTicketCode, newTicketCode } from '../../src/tickets/ticket-code.ts';

describe('newTicketCode', () => {
  it('makes 26 letters and digits that differ each time', () => {
    const codes = Array.from({ length: 1000 }, newTicketCode);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code).toMatch(/^[A-Z2-7]{26}$/);
  });
});

describe('isTicketCode', () => {
  it('accepts a new code', () => {
    expect(isTicketCode(newTicketCode())).toBe(true);
  });

  it.each([
    ['a shorter text', 'A'.repeat(25)],
    ['a longer text', 'A'.repeat(27)],
    ['lower case', 'a'.repeat(26)],
    ['trailing bits that are not zero', `${'A'.repeat(25)}B`],
    ['a character outside the alphabet', `${'A'.repeat(25)}1`],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(isTicketCode(text)).toBe(false);
  });
});
