import type { WriteMessage } from './handset-api.ts';
import { showText } from './stage-lines.ts';

/** `write`, and a line for each message that went out; none for those that nobody could take. */
export function showWrites(write: WriteMessage, show: (line: string) => void): WriteMessage {
  return async (message) => {
    const parts = await write(message);
    const { from, to, text } = message;
    if (parts > 0) show(`handset +${from} → ${showText(to)}: "${showText(text)}"`);
    return parts;
  };
}
