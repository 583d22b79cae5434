/** A mobile network, as receipts and reports name it. */
export interface Carrier {
  /** MCC and MNC, digits. */
  readonly mccmnc: string;
  readonly name: string;
}

/** Country code, mobile country code (ITU-T E.212), and the networks numbers are spread over. */
const countries: readonly (readonly [prefix: string, mcc: string, name: string, mncs: string[]])[] =
  [
    ['1', '310', 'US', ['260', '410', '480']],
    ['27', '655', 'ZA', ['01', '07', '10']],
    ['31', '204', 'NL', ['04', '08', '16']],
    ['32', '206', 'BE', ['01', '10', '20']],
    ['33', '208', 'FR', ['01', '10', '20']],
    ['34', '214', 'ES', ['01', '03', '07']],
    ['39', '222', 'IT', ['01', '10', '88']],
    ['44', '234', 'GB', ['10', '15', '30']],
    ['49', '262', 'DE', ['01', '02', '03']],
    ['86', '460', 'CN', ['00', '01', '03']],
    ['91', '404', 'IN', ['10', '20', '45']],
  ];

/** The network of numbers that no country of the table claims: the test network of E.212. */
const testCarrier: Carrier = { mccmnc: '00101', name: 'Virtual test network' };

const carriers = new Map(
  countries.map(([prefix, mcc, country, mncs]) => [
    prefix,
    mncs.map((mnc) => ({ mccmnc: mcc + mnc, name: `Virtual ${country} ${mnc}` })),
  ]),
);

/** The network a virtual handset begins with: its country's, which of them by its last digits. */
export function carrierOf(number: string): Carrier {
  for (const length of [1, 2]) {
    const networks = carriers.get(number.slice(0, length));
    if (networks !== undefined) {
      return networks[Number(number.slice(-4)) % networks.length] ?? testCarrier;
    }
  }
  return testCarrier;
}
