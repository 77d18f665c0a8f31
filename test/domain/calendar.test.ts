import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  dayOfWeek,
  daysBetween,
  eachDate,
  isDate,
  isSaturdayOrSunday,
  today,
} from '../../src/domain/calendar.ts';

const dates = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((moment) => moment.toISOString().slice(0, 10));

describe('isDate', () => {
  it.each(['2026-02-28', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])('accepts %s', (text) => {
    expect(isDate(text)).toBe(true);
  });

  it.each([
    '2026-02-29',
    '2100-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '0000-01-01',
    '2026-1-1',
    '20260101',
    '+002026-01-01',
    '2026-01-01T00:00:00Z',
    '2026-01-01[u-ca=chinese]',
    '2026-01-01\n',
    ' 2026-01-01',
    '２０２６-01-01',
    'tomorrow',
    '',
  ])('refuses %j', (text) => {
    expect(isDate(text)).toBe(false);
  });

  it('accepts every date that exists', () => {
    fc.assert(fc.property(dates, (date) => expect(isDate(date)).toBe(true)));
  });
});

describe('today', () => {
  it.each([
    ['2026-01-31T15:59:59.999Z', '2026-01-31'],
    ['2026-01-31T16:00:00.000Z', '2026-02-01'],
  ])('at %s is %s in Hong Kong', (moment, date) => {
    expect(today(new Date(moment), 'Asia/Hong_Kong')).toBe(date);
  });

  it('follows the zone through a change of daylight saving time', () => {
    expect(today(new Date('2026-03-08T04:59:59Z'), 'America/New_York')).toBe('2026-03-07');
    expect(today(new Date('2026-03-09T03:59:59Z'), 'America/New_York')).toBe('2026-03-08');
    expect(today(new Date('2026-03-09T04:00:00Z'), 'America/New_York')).toBe('2026-03-09');
  });
});

describe('eachDate', () => {
  it('includes both ends, over the end of a leap February', () => {
    expect(eachDate('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
  });

  it('gives one date where both ends are the same', () => {
    expect(eachDate('2026-12-01', '2026-12-01')).toEqual(['2026-12-01']);
  });

  it('gives none where the end lies before the start', () => {
    expect(eachDate('2026-12-02', '2026-12-01')).toEqual([]);
  });
});

describe('daysBetween', () => {
  it.each([
    ['2026-12-01', '2026-12-31', 30],
    ['2024-01-01', '2025-01-01', 366],
    ['2026-03-01', '2026-02-28', -1],
  ])('from %s to %s counts %d', (from, to, days) => {
    expect(daysBetween(from, to)).toBe(days);
  });

  it('is one less than the dates that eachDate lists', () => {
    fc.assert(
      fc.property(dates, fc.nat(400), (from, days) => {
        const to = new Date(Date.parse(from) + days * 86_400_000).toISOString().slice(0, 10);
        expect(daysBetween(from, to)).toBe(days);
        expect(eachDate(from, to)).toHaveLength(days + 1);
      }),
    );
  });
});

describe('dayOfWeek', () => {
  it.each([
    ['2026-11-23', 1],
    ['2026-11-28', 6],
    ['2026-11-29', 7],
  ])('numbers %s as %d', (date, day) => {
    expect(dayOfWeek(date)).toBe(day);
  });
});

describe('isSaturdayOrSunday', () => {
  it('holds for two days of each week', () => {
    const week = eachDate('2026-11-23', '2026-11-29');
    expect(week.filter(isSaturdayOrSunday)).toEqual(['2026-11-28', '2026-11-29']);
  });
});
