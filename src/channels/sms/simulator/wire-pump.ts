import type { Wire } from '../../../lib/net.ts';
import type { Random } from '../../../lib/random.ts';
import type { Agenda } from '../../../rehearsal/agenda.ts';
import type { Switches } from './switches.ts';

/** Hands bytes to the wire in the pieces the switch `wire` asks for. */
export interface WirePump {
  /** Takes bytes that never change afterwards. */
  write(bytes: Buffer): void;
  /** Closes the wire once everything has been written. */
  end(): void;
}

/** A packet is cut into so many pieces at most. */
const piecesMax = 4;

export function createWirePump(
  wire: Wire,
  agenda: Agenda,
  random: Random,
  manner: () => Pick<Switches, 'wire' | 'trickleMs'>,
): WirePump {
  const pieces: Buffer[] = [];
  let isEnding = false;

  /** Writes the next piece and comes back for the one after it: packets only stay apart in time. */
  function pump(): void {
    const piece = pieces.shift();
    if (piece !== undefined) wire.write(piece);
    if (pieces.length > 0) {
      agenda.after(manner().wire === 'trickle' ? manner().trickleMs : 1, pump);
    } else if (isEnding) wire.end();
  }

  function cut(bytes: Buffer): Buffer[] {
    if (manner().wire === 'trickle') {
      return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
    }
    const cuts = Array.from({ length: piecesMax - 1 }, () =>
      Math.floor(random.fraction() * (bytes.length + 1)),
    ).toSorted((a, b) => a - b);
    return [0, ...cuts]
      .map((start, index) => bytes.subarray(start, cuts[index] ?? bytes.length))
      .filter((piece) => piece.length > 0);
  }

  return {
    write(bytes) {
      const isWhole = manner().wire === 'merged' || manner().wire === 'single';
      if (isWhole && pieces.length === 0) return wire.write(bytes);
      const isIdle = pieces.length === 0;
      pieces.push(...(isWhole ? [bytes] : cut(bytes)));
      if (isIdle) pump();
    },
    end() {
      isEnding = true;
      if (pieces.length === 0) wire.end();
    },
  };
}
