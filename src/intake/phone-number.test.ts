import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import examples from 'libphonenumber-js/mobile/examples';
import {
  msisdnDigitsMax,
  msisdnDigitsMin,
  normalisePhoneNumber,
  phoneNumberTextMax,
} from './phone-number.ts';

const numbers: [asSent: string, msisdn: string, callingCode: string, country?: string][] = [
  // As the contract asks for, and as clients send it
  ['0031612345678', '31612345678', '31', 'NL'],
  ['+31612345678', '31612345678', '31', 'NL'],
  ['31612345678', '31612345678', '31', 'NL'],
  ['+81312345678', '81312345678', '81', 'JP'],
  ['+0031612345678', '31612345678', '31', 'NL'],
  // Separators and white space
  ['+31 6 12 34 56 78', '31612345678', '31', 'NL'],
  ['0031-6-12345678', '31612345678', '31', 'NL'],
  ['0031.6.12345678', '31612345678', '31', 'NL'],
  ['(+31)612345678', '31612345678', '31', 'NL'],
  ['[0031] 612345678', '31612345678', '31', 'NL'],
  ['  0031612345678\r\n', '31612345678', '31', 'NL'],
  ['+31\u00a0612345678', '31612345678', '31', 'NL'],
  ['0 0 3 1 6 1 2 3 4 5 6 7 8', '31612345678', '31', 'NL'],
  // A trunk zero that does not belong
  ['+31 (0)76 123 4567', '31761234567', '31', 'NL'],
  ['00310612345678', '31612345678', '31', 'NL'],
  ['+49 (0)151 12345678', '4915112345678', '49', 'DE'],
  ['+44 (0)1534 123456', '441534123456', '44', 'JE'],
  ['+36 (06) 20 123 4567', '36201234567', '36', 'HU'],
  // A zero that does
  ['+39 06 1234 5678', '390612345678', '39', 'IT'],
  ['+39 06 698 12345', '390669812345', '39', 'VA'],
  ['+225 07 07 12 34 56', '2250707123456', '225', 'CI'],
  ['+229 01 90 12 34 56', '2290190123456', '229', 'BJ'],
  // Calling codes that are shared
  ['+12125551234', '12125551234', '1', 'US'],
  ['+14165551234', '14165551234', '1', 'CA'],
  ['+18765551234', '18765551234', '1', 'JM'],
  ['+79161234567', '79161234567', '7', 'RU'],
  ['+77011234567', '77011234567', '7', 'KZ'],
  ['+447400123456', '447400123456', '44', 'GB'],
  ['+447797123456', '447797123456', '44', 'JE'],
  // No country has it, the contract's rule does
  ['0612345678', '0612345678', ''],
  ['+999 1234567', '9991234567', ''],
  ['+883 5100 12345678', '883510012345678', '883'],
  ['+8812345678901', '8812345678901', '881'],
  // A country, but not one of its numbers
  ['003161234', '3161234', '31', 'NL'],
  ['+3100612345678', '3100612345678', '31', 'NL'],
  ['+310000000', '310000000', '31', 'NL'],
];

test('numbers become digits with their country', () => {
  for (const [asSent, msisdn, callingCode, country] of numbers) {
    const expected =
      country === undefined ? { msisdn, callingCode } : { msisdn, country, callingCode };
    assert.deepEqual(normalisePhoneNumber(asSent), expected, asSent);
  }
});

test('nothing is error 302', () => {
  for (const asSent of [
    undefined,
    '',
    ' ',
    '\t\r\n',
    '\u00a0',
    ' '.repeat(phoneNumberTextMax + 1),
  ]) {
    assert.deepEqual(normalisePhoneNumber(asSent), { fault: 'empty' });
  }
});

test('what is no number is error 303', () => {
  const cases = [
    '0044791112345a',
    '+',
    '++31612345678',
    '31+612345678',
    '00',
    '+00',
    '-',
    '()',
    'brand',
    '+31/612345678',
    '0031612345678,0031612345679',
    '0031612345678 x9',
    '３１６１２３４５６７８',
    '+31\t612345678',
    '+31\n612345678',
    '0031612345678\0',
    'tel:+31612345678',
    '1e10',
    '-31612345678x',
    '\ud83d\ude00',
  ];
  for (const asSent of cases) {
    assert.deepEqual(normalisePhoneNumber(asSent), { fault: 'not-a-number' }, asSent);
  }
});

test('after 00 there are 7 to 15 digits', () => {
  for (const prefix of ['00', '+', '', '+00']) {
    const accepts = (digits: number) =>
      'msisdn' in normalisePhoneNumber(prefix + '9'.repeat(digits));
    assert.ok(accepts(msisdnDigitsMin));
    assert.ok(accepts(msisdnDigitsMax));
    assert.ok(!accepts(msisdnDigitsMin - 1));
    assert.ok(!accepts(msisdnDigitsMax + 1));
  }
});

test('longer texts than any number are not looked at', () => {
  const number = '+31612345678';
  const padded = number.padEnd(phoneNumberTextMax, ' ');
  assert.ok('msisdn' in normalisePhoneNumber(padded));
  assert.deepEqual(normalisePhoneNumber(`${padded} `), { fault: 'not-a-number' });
});

test('every country’s mobile numbers belong to it', () => {
  for (const country of getCountries()) {
    const example = examples[country];
    const callingCode = getCountryCallingCode(country);
    const msisdn = `${callingCode}${example}`;
    const found = normalisePhoneNumber(`00${msisdn}`);
    // Western Sahara's, and those of three of France's islands, are in their neighbours' blocks.
    const owner = parsePhoneNumberFromString(`+${msisdn}`)?.country;
    assert.deepEqual(found, { msisdn, country: owner, callingCode }, country);
  }
});

test('where a calling code is shared, the country is the one the library finds', () => {
  const shared: [callingCode: string, national: RegExp][] = [
    ['1', /^[2-7][2-9]\d[2-9]\d{6}$/],
    ['7', /^[3-9]\d{9}$/],
    ['39', /^(3\d{9}|0\d{8})$/],
    ['44', /^(7[3-9]\d{8}|1\d{9})$/],
    ['47', /^[2-9]\d{7}$/],
    ['358', /^[14]\d{7}$/],
    ['599', /^[3479]\d{6}$/],
  ];
  const number = fc.oneof(
    ...shared.map(([code, national]) => fc.stringMatching(national).map((rest) => code + rest)),
  );
  let compared = 0;
  fc.assert(
    fc.property(number, (msisdn) => {
      const known = parsePhoneNumberFromString(`+${msisdn}`);
      if (known?.country === undefined || known.number !== `+${msisdn}`) return;
      compared++;
      const found = normalisePhoneNumber(msisdn);
      assert.ok('msisdn' in found);
      assert.equal(found.country, known.country);
      assert.equal(found.callingCode, known.countryCallingCode);
    }),
    { numRuns: 3000 },
  );
  assert.ok(compared > 1000);
});

test('however it is written, it is the same number', () => {
  const digits = fc.stringMatching(/^[1-9]\d{6,14}$/);
  const separator = fc.constantFrom('', '', ' ', '-', '.', '(', ')', '[', ']');
  const separators = fc.array(separator, { minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(digits, fc.constantFrom('+', '00', ''), separators, (plain, prefix, between) => {
      const written = Array.from(plain, (digit, i) => digit + (between[i] ?? '')).join('');
      assert.deepEqual(normalisePhoneNumber(prefix + written), normalisePhoneNumber(plain));
    }),
    { numRuns: 500 },
  );
});

test('any text gives 7 to 15 digits or a fault', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('+', '0', 'a', '\n', '\0', 'é', '\ud83d') }),
    fc.string({ unit: fc.constantFrom(...'0001369+ ().-'.split('')), maxLength: 70, size: 'max' }),
  );
  fc.assert(
    fc.property(text, (asSent) => {
      const found = normalisePhoneNumber(asSent);
      if ('fault' in found) return;
      assert.match(found.msisdn, /^\d{7,15}$/);
      assert.ok(found.msisdn.startsWith(found.callingCode));
    }),
    { numRuns: 2000 },
  );
});
