import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';

/** A parsed file whose values can be pointed at. */
export interface YamlFile {
  readonly value: unknown;
  /** The line of what is at this path, or of the nearest thing above it that is there. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** @throws {Error} with line and column when it is no YAML. */
export function readYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return {
    value: document.toJS() as unknown,
    lineOf(path) {
      let node: unknown = document.contents;
      let offset = startOf(node);
      for (const step of path) {
        const [place, inside] = findChild(node, step);
        if (place === undefined) break;
        offset = startOf(place);
        node = isAlias(inside) ? inside.resolve(document) : inside;
      }
      return lines.linePos(offset).line;
    },
  };
}

/** Where an entry begins, and what it holds: of a map the key, of a list the item itself. */
function findChild(node: unknown, step: PropertyKey): [place: unknown, inside: unknown] {
  if (isSeq(node) && typeof step === 'number') return [node.items[step], node.items[step]];
  const pair = isMap(node)
    ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
    : undefined;
  return [pair?.key, pair?.value];
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
