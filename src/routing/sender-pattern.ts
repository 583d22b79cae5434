/**
 * A test for senders: "*" in a pattern stands for any characters, everything else for itself,
 * without regard to case. Linear in the sender's length, whatever the pattern.
 */
export function createSenderMatcher(patterns: readonly string[]): (sender: string) => boolean {
  const compiled = patterns.map(compilePattern);
  return (sender) => {
    const folded = sender.toLowerCase();
    for (const pattern of compiled) if (matches(pattern, folded)) return true;
    return false;
  };
}

interface Pattern {
  readonly start: string;
  /** What must follow in this order; empty when the pattern has at most one star. */
  readonly middle: readonly string[];
  /** Null without a star: the start is all there is. */
  readonly end: string | null;
}

function compilePattern(pattern: string): Pattern {
  const pieces = pattern.toLowerCase().split('*');
  const [start = ''] = pieces;
  return {
    start,
    middle: pieces.slice(1, -1).filter((piece) => piece !== ''),
    end: pieces.length === 1 ? null : (pieces.at(-1) ?? ''),
  };
}

function matches({ start, middle, end }: Pattern, sender: string): boolean {
  if (end === null) return sender === start;
  if (!sender.startsWith(start)) return false;
  let at = start.length;
  for (const piece of middle) {
    const found = sender.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return sender.length - end.length >= at && sender.endsWith(end);
}
