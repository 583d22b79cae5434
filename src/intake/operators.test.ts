import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { getCountries } from 'libphonenumber-js/min';
import { findMobileCountryCode, findOperator } from './operators.ts';
import { normalisePhoneNumber } from './phone-number.ts';

const numbers: [msisdn: string, mccmnc: string | undefined, why: string][] = [
  ['31651123456', '20408', 'KPN'],
  ['31654123456', '20404', 'Vodafone'],
  ['31641123456', '20416', 'Odido, then T-Mobile'],
  ['31626123456', '20408', 'Telfort, now KPN'],
  ['32470123456', '20601', 'Proximus'],
  ['32491123456', '20610', 'Orange'],
  ['32485123456', '20620', 'Base'],
  ['4915112345678', '26201', 'Telekom'],
  ['4917212345678', '26202', 'Vodafone'],
  ['4917612345678', '26203', 'O2'],
  ['33671123456', '20801', 'Orange'],
  ['33612345678', '20810', 'SFR'],
  ['33661123456', '20820', 'Bouygues'],
  ['33651123456', '20815', 'Free'],
  ['447540123456', '23410', 'O2'],
  ['447785123456', '23415', 'Vodafone'],
  ['447400123456', '23420', 'Three'],
  ['447950123456', '23430', 'EE'],
  ['447955123456', '23410', 'O2 within a block of EE'],
  ['447988123456', '23420', 'Three within a block of EE'],
  ['447470123456', '23415', 'Vodafone within a block of Three'],
  ['31761234567', undefined, 'a fixed line'],
  ['31970123456789', undefined, 'a machine'],
  ['447911123456', undefined, 'Guernsey'],
  ['12125551234', undefined, 'a country without blocks by operator'],
  ['0612345678', undefined, 'no country'],
  ['316', undefined, 'too short to tell'],
  ['', undefined, 'nothing'],
  ['brand', undefined, 'another channel’s id'],
];

test('the block says which operator a number was given by', () => {
  for (const [msisdn, mccmnc, why] of numbers) {
    assert.equal(findOperator(msisdn)?.mccmnc, mccmnc, `${msisdn} ${why}`);
  }
});

test('an operator’s MCC is its country’s', () => {
  const msisdn = fc
    .tuple(fc.constantFrom('316', '324', '491', '336', '337', '447'), fc.stringMatching(/^\d{8}$/))
    .map(([mobile, rest]) => mobile + rest);
  let known = 0;
  fc.assert(
    fc.property(msisdn, (digits) => {
      const operator = findOperator(digits);
      if (operator === undefined) return;
      known++;
      assert.match(operator.mccmnc, /^\d{5}$/);
      assert.notEqual(operator.name, '');
      const number = normalisePhoneNumber(digits);
      assert.ok('msisdn' in number && number.country !== undefined);
      assert.equal(operator.mccmnc.slice(0, 3), findMobileCountryCode(number.country));
    }),
    { numRuns: 2000 },
  );
  assert.ok(known > 500);
});

test('every country of the numbering plans has an MCC, but for those without networks', () => {
  const without = getCountries().filter((country) => findMobileCountryCode(country) === undefined);
  assert.deepEqual(without.toSorted(), ['IO']);
  for (const country of getCountries())
    assert.match(findMobileCountryCode(country) ?? '204', /^[2-7]\d\d$/);
});

test('MCCs by country, and none for what is no country', () => {
  const cases: [country: string, code: string | undefined][] = [
    ['NL', '204'],
    ['GB', '234'],
    ['US', '310'],
    ['ZA', '655'],
    ['CN', '460'],
    ['BR', '724'],
    ['XX', undefined],
    ['nl', undefined],
    ['', undefined],
  ];
  for (const [country, code] of cases) assert.equal(findMobileCountryCode(country), code, country);
});
