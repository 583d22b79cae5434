import { checkText, Fault } from './fault.ts';
import { type JsonObject, keepGiven, readList, readObject, readText } from './json.ts';
import {
  buttonIdCharactersMax,
  buttonTitleCharactersMax,
  interactiveBodyCharactersMax,
  interactiveFooterCharactersMax,
  interactiveHeaderCharactersMax,
  listDescriptionCharactersMax,
  listIdCharactersMax,
  listRowsMax,
  listSectionsMax,
  listTitleCharactersMax,
  productsMax,
  replyButtonsMax,
} from './limits.ts';
import { mapHeaderMedia } from './media.ts';

/** An interactive item (contract §7.5) as a message of the API (whatsapp-cloud §2.3). */
export function mapInteractive(source: JsonObject): JsonObject | Fault {
  const mapped = mapParts(source);
  if (mapped instanceof Fault) return mapped.within('.interactive');
  return { type: 'interactive', interactive: mapped };
}

function mapParts(source: JsonObject): JsonObject | Fault {
  const type = readText(source['type']).toLowerCase();
  const action = mapAction(type, readObject(source['action']));
  if (action instanceof Fault) return action;
  const body = readText(readObject(source['body'])['text']);
  const footer = readText(readObject(source['footer'])['text']);
  const wrong =
    checkText('.body.text', body, interactiveBodyCharactersMax, type !== 'product') ??
    checkText('.footer.text', footer, interactiveFooterCharactersMax, false);
  if (wrong !== null) return wrong;
  const header = mapHeader(type, source['header']);
  if (header instanceof Fault) return header.within('.header');
  return keepGiven({
    type,
    header,
    body: keepGiven({ text: body }),
    footer: keepGiven({ text: footer }),
    action,
  });
}

function mapHeader(type: string, raw: unknown): JsonObject | Fault | null {
  const header = readObject(raw);
  const kind = readText(header['type']).toLowerCase();
  if (kind === '') {
    return type === 'product_list' ? new Fault('', 'is missing') : null;
  }
  if (kind === 'text') {
    const text = readText(header['text']);
    const wrong = checkText('.text', text, interactiveHeaderCharactersMax);
    return wrong ?? { type: 'text', text };
  }
  if (type !== 'button') return new Fault('.type', 'must be text');
  if (kind !== 'image' && kind !== 'video' && kind !== 'document') {
    return new Fault('.type', 'must be text, image, video or document');
  }
  const media = mapHeaderMedia(readObject(header['media']), kind);
  return media instanceof Fault ? media.within('.media') : media;
}

function mapAction(type: string, action: JsonObject): JsonObject | Fault {
  switch (type) {
    case 'button':
      return mapButtons(readList(action['buttons']));
    case 'list':
      return mapList(action);
    case 'product':
    case 'product_list':
      return mapProducts(type, action);
    case 'cta_url':
    case 'flow':
    case 'catalog_message':
    case 'location_request_message':
      return keepGiven({
        name: readText(action['name']) || actionNames[type],
        parameters: action['parameters'],
      });
    default:
      return new Fault('.type', 'must be button, list, product, product_list or cta_url');
  }
}

const actionNames = {
  cta_url: 'cta_url',
  flow: 'flow',
  catalog_message: 'catalog_message',
  location_request_message: 'send_location',
} as const;

function mapButtons(list: readonly unknown[]): JsonObject | Fault {
  if (list.length < 1 || list.length > replyButtonsMax) {
    return new Fault('.action.buttons', `must be 1 to ${replyButtonsMax} buttons`);
  }
  const titles = new Set<string>();
  const buttons: JsonObject[] = [];
  for (const [index, raw] of list.entries()) {
    const path = `.action.buttons[${index}]`;
    const button = readObject(raw);
    // Some clients leave the level of `reply` out.
    const reply = button['reply'] === undefined ? button : readObject(button['reply']);
    const title = readText(reply['title']);
    const id = readText(reply['id']);
    const wrong =
      checkText(`${path}.reply.title`, title, buttonTitleCharactersMax) ??
      checkText(`${path}.reply.id`, id, buttonIdCharactersMax);
    if (wrong !== null) return wrong;
    if (titles.has(title)) return new Fault(`${path}.reply.title`, 'is used twice');
    titles.add(title);
    buttons.push({ type: 'reply', reply: { id, title } });
  }
  return { buttons };
}

function mapList(action: JsonObject): JsonObject | Fault {
  const button = readText(action['button']);
  const wrong = checkText('.action.button', button, buttonTitleCharactersMax);
  if (wrong !== null) return wrong;
  const given = readList(action['sections']);
  if (given.length < 1 || given.length > listSectionsMax) {
    return new Fault('.action.sections', `must be 1 to ${listSectionsMax} sections`);
  }
  let rowsInAll = 0;
  const sections: JsonObject[] = [];
  for (const [index, raw] of given.entries()) {
    const section = mapSection(readObject(raw), given.length > 1);
    if (section instanceof Fault) return section.within(`.action.sections[${index}]`);
    rowsInAll += readList(section['rows']).length;
    sections.push(section);
  }
  if (rowsInAll > listRowsMax) {
    return new Fault('.action.sections', `have more than ${listRowsMax} rows together`);
  }
  return { button, sections };
}

function mapSection(section: JsonObject, needsTitle: boolean): JsonObject | Fault {
  const title = readText(section['title']);
  const wrong = checkText('.title', title, listTitleCharactersMax, needsTitle);
  if (wrong !== null) return wrong;
  const given = readList(section['rows']);
  if (given.length === 0) return new Fault('.rows', 'must not be empty');
  const rows: JsonObject[] = [];
  for (const [index, raw] of given.entries()) {
    const row = readObject(raw);
    const id = readText(row['id']);
    const rowTitle = readText(row['title']);
    const description = readText(row['description']);
    const fault =
      checkText('.id', id, listIdCharactersMax) ??
      checkText('.title', rowTitle, listTitleCharactersMax) ??
      checkText('.description', description, listDescriptionCharactersMax, false);
    if (fault !== null) return fault.within(`.rows[${index}]`);
    rows.push(keepGiven({ id, title: rowTitle, description }));
  }
  return keepGiven({ title, rows });
}

function mapProducts(type: 'product' | 'product_list', action: JsonObject): JsonObject | Fault {
  const catalog_id = readText(action['catalog_id']);
  if (catalog_id === '') return new Fault('.action.catalog_id', 'is missing');
  if (type === 'product') {
    const product_retailer_id = readText(action['product_retailer_id']);
    if (product_retailer_id === '') return new Fault('.action.product_retailer_id', 'is missing');
    return { catalog_id, product_retailer_id };
  }
  const sections: JsonObject[] = [];
  let products = 0;
  for (const [index, raw] of readList(action['sections']).entries()) {
    const section = readObject(raw);
    const title = readText(section['title']);
    const wrong = checkText('.title', title, listTitleCharactersMax, false);
    if (wrong !== null) return wrong.within(`.action.sections[${index}]`);
    const product_items = readList(section['product_items']).map((one) => ({
      product_retailer_id: readText(readObject(one)['product_retailer_id']),
    }));
    products += product_items.length;
    sections.push(keepGiven({ title, product_items }));
  }
  if (products < 1 || products > productsMax) {
    return new Fault('.action.sections', `must hold 1 to ${productsMax} products`);
  }
  return { catalog_id, sections };
}
