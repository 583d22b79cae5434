import type { Random } from '../../../lib/random.ts';
import type { Switches } from './switches.ts';

/** Ids are counted in 32 bits, from a random beginning so that a restart repeats none. */
export function createSmscIds(random: Random): (form: Switches['idForm']) => string {
  let last = random.uint32();
  return (form) => {
    last = (last + 1) >>> 0;
    return writeId(last, form);
  };
}

function writeId(value: number, form: Switches['idForm']): string {
  const hex = value.toString(16).padStart(8, '0');
  switch (form) {
    case 'decimal':
      return String(value).padStart(10, '0');
    case 'hex':
      return hex;
    case 'HEX':
      return hex.toUpperCase();
    case 'hex64':
      return `812FC747${hex.toUpperCase()}`;
    case 'uuid':
      return `${hex}-21af-4974-a414-3de98174e3c7`;
    case 'dashes':
      return `${hex.slice(0, 6)}-${hex.slice(2)}-F000`.toUpperCase();
  }
}

/**
 * The id of a message as its receipts give it (sms-operators §5). BigInt, because ids reach 64
 * bits; an id that is no number of the other base stays as it is.
 */
export function convertId(id: string, form: Switches['receiptIdForm']): string {
  switch (form) {
    case 'same':
      return id;
    case 'decimal':
      return /^[\da-f]+$/i.test(id) ? BigInt(`0x${id}`).toString() : id;
    case 'hex':
      return /^\d+$/.test(id) ? BigInt(id).toString(16) : id;
    case 'upper':
      return id.toUpperCase();
    case 'lower':
      return id.toLowerCase();
    case 'zeros':
      return `00${id}`;
    case 'no-zeros':
      return id.replace(/^0+(?=.)/, '');
    case 'quoted':
      return `"${id}"`;
    case 'padded':
      return `${id}  `;
  }
}
