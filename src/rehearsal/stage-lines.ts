import type { Clock } from '../lib/clock.ts';

/** More lines than this in a second are summed up: a load test must not drown in its own display. */
export const linesPerSecondMax = 40;

/** What a person at the terminal sees of the rehearsal: one line per event, within reason. */
export interface StageLines {
  show(line: string): void;
}

/** `write` gets whole lines without their line end. */
export function createStageLines(clock: Clock, write: (line: string) => void): StageLines {
  let shown = 0;
  let passedOver = 0;
  let second = 0;
  return {
    show(line) {
      const now = clock.now();
      const thisSecond = Math.floor(now / 1000);
      if (thisSecond !== second) {
        if (passedOver > 0) write(`  … and ${passedOver} more events`);
        second = thisSecond;
        shown = 0;
        passedOver = 0;
      }
      if (shown >= linesPerSecondMax) {
        // The count is shown with the next line, or soon when there is none.
        if (passedOver++ === 0) {
          clock.after(1_100, () => {
            if (passedOver === 0) return;
            write(`  … and ${passedOver} more events`);
            passedOver = 0;
          });
        }
        return;
      }
      shown++;
      write(`${new Date(now).toISOString().slice(11, 19)}  ${line}`);
    },
  };
}

/** Text for a terminal: control characters and direction marks are made visible, long text is cut. */
export function showText(text: string): string {
  const visible = text.replace(
    /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
  return visible.length > 60 ? `${visible.slice(0, 59)}…` : visible;
}
