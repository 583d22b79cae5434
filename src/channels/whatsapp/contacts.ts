import { Fault } from './fault.ts';
import { type JsonObject, keepGiven, readList, readObject, readText } from './json.ts';

/** One of these must stand beside `formatted_name` (spec "Contacts"). */
const nameParts = ['first_name', 'last_name', 'middle_name', 'prefix', 'suffix'] as const;

/** The contacts of a conversation item as a message of the API. */
export function mapContacts(contacts: readonly unknown[]): JsonObject | Fault {
  if (contacts.length === 0) return new Fault('.contacts', 'must not be empty');
  const mapped: JsonObject[] = [];
  for (const [index, raw] of contacts.entries()) {
    const contact = mapContact(readObject(raw));
    if (contact instanceof Fault) return contact.within(`.contacts[${index}]`);
    mapped.push(contact);
  }
  return { type: 'contacts', contacts: mapped };
}

function mapContact(contact: JsonObject): JsonObject | Fault {
  const given = readObject(contact['name']);
  const name = keepGiven({
    formatted_name: readText(given['formatted_name']),
    first_name: readText(given['first_name']),
    last_name: readText(given['last_name']),
    middle_name: readText(given['middle_name']),
    // The SDKs have one spelling, the specification's text the other (contract §7.3).
    prefix: readText(given['prefix']) || readText(given['name_prefix']),
    suffix: readText(given['suffix']) || readText(given['name_suffix']),
  });
  if (name['formatted_name'] === undefined) return new Fault('.name.formatted_name', 'is missing');
  if (!nameParts.some((part) => name[part] !== undefined)) {
    return new Fault('.name', 'needs another part beside formatted_name, such as first_name');
  }
  const birthday = readText(contact['birthday']);
  if (birthday !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(birthday)) {
    return new Fault('.birthday', 'must be written YYYY-MM-DD');
  }
  return keepGiven({
    name,
    birthday,
    addresses: mapEach(contact['addresses'], addressFields),
    emails: mapEach(contact['emails'], ['email', 'type']),
    org: pick(readObject(contact['org']), ['company', 'department', 'title']),
    phones: mapEach(contact['phones'], ['phone', 'type']),
    urls: mapEach(contact['urls'], ['url', 'type']),
  });
}

const addressFields = ['street', 'city', 'state', 'zip', 'country', 'country_code', 'type'];

function mapEach(list: unknown, fields: readonly string[]): JsonObject[] {
  return readList(list).map((one) => pick(readObject(one), fields));
}

function pick(object: JsonObject, fields: readonly string[]): JsonObject {
  return keepGiven(Object.fromEntries(fields.map((field) => [field, readText(object[field])])));
}
