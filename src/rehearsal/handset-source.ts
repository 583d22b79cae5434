import type { HandsetPatch, HandsetSettings } from './handset.ts';
import {
  type ActionResult,
  actOnHandset,
  type ChannelActors,
  type HandsetAction,
} from './handset-actions.ts';
import type { HandsetPage, HandsetSummary, HandsetView } from './handset-schema.ts';
import type { Handset, Handsets } from './handsets.ts';
import type { ReceivedMessage } from './inbox.ts';

/**
 * Where views of handsets come from: this thread, or a simulator in a thread of its own. Numbers
 * are digits without prefix. Rejects only when that thread is gone.
 */
export interface HandsetSource {
  /** From the latest used on; `before` is the `next` of the page before. */
  list(query: { limit: number; before?: number }): Promise<HandsetPage>;
  show(number: string): Promise<HandsetView | null>;
  /** Makes the handset when there is none. */
  change(number: string, patch: HandsetPatch): Promise<HandsetView>;
  /** Deletes what a handset has received; false when there is no such handset. */
  clear(number: string): Promise<boolean>;
  /** Has its user do something. */
  act(number: string, action: HandsetAction): Promise<ActionResult>;
}

/** The handsets of this thread. */
export function createLocalHandsetSource(
  handsets: Handsets,
  actors: ChannelActors = {},
): HandsetSource {
  return {
    async list({ limit, before }) {
      const page = handsets.recent(limit + 1, before);
      const shown = page.slice(0, limit);
      const next = page.length > limit ? (shown.at(-1)?.usedAt ?? null) : null;
      return { handsets: shown.map(summarize), next };
    },
    async show(number) {
      const handset = handsets.find(number);
      return handset === undefined ? null : viewHandset(handset);
    },
    async change(number, patch) {
      return viewHandset(handsets.change(number, patch));
    },
    async clear(number) {
      const handset = handsets.find(number);
      handset?.inbox.clear();
      return handset !== undefined;
    },
    async act(number, action) {
      return actOnHandset(handsets, actors, number, action);
    },
  };
}

/** A handset as JSON. */
function viewHandset({ number, settings, inbox }: Handset): HandsetView {
  return {
    number,
    settings: viewSettings(settings),
    messages: inbox.messages.map(viewMessage),
    incomplete: inbox.incomplete.map(({ from, total, present, since }) => ({
      from,
      total,
      present: [...present],
      since: toIso(since),
    })),
  };
}

function summarize({ number, settings, inbox }: Handset): HandsetSummary {
  const messages = inbox.messages;
  const last = messages.at(-1);
  return {
    number,
    settings: viewSettings(settings),
    messages: messages.length,
    lastMessage: last === undefined ? null : viewMessage(last),
  };
}

function viewSettings(settings: HandsetSettings): HandsetView['settings'] {
  const { outOfCoverageUntil, operator, apps, ...rest } = settings;
  return {
    ...rest,
    operator: { ...operator },
    apps: { ...apps },
    outOfCoverageUntil: outOfCoverageUntil === null ? null : toIso(outOfCoverageUntil),
  };
}

function viewMessage({ receivedAt, ...message }: ReceivedMessage): HandsetView['messages'][number] {
  return { ...message, at: toIso(receivedAt) };
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}
