import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { absentMs, marketingStoppedMs, recipientsMax, windowMs } from './limits.ts';
import { Recipients } from './recipients.ts';
import { setUpStage, sketchStep, stageStartAt } from './test-stage.ts';

const handset = '31612345678';
const now = stageStartAt;

describe('the window for free text', () => {
  const cases: readonly (readonly [string, (known: Recipients) => void, boolean | null])[] = [
    ['of a stranger is not known', () => {}, null],
    ['is open just now', (known) => known.wrote(handset, now), true],
    ['is open to its end', (known) => known.wrote(handset, now - windowMs + 1), true],
    ['is closed at its end', (known) => known.wrote(handset, now - windowMs), false],
    [
      'goes by the latest message, in whatever order they are told',
      (known) => {
        known.wrote(handset, now - 1);
        known.wrote(handset, now - windowMs);
      },
      true,
    ],
    [
      'is closed when WhatsApp says so after the last message',
      (known) => {
        known.wrote(handset, now - 2);
        known.learn(handset, 'window-closed', now - 1);
      },
      false,
    ],
    ['is not known where only others wrote', (known) => known.wrote('31687654321', now), null],
  ];
  for (const [title, tell, isOpen] of cases) {
    test(title, () => {
      const known = new Recipients();
      tell(known);
      assert.equal(known.isWindowOpen(handset, now), isOpen);
    });
  }
});

test('a handset without WhatsApp is passed over for a day, or until it writes', () => {
  const known = new Recipients();
  known.learn(handset, 'absent', now);
  assert.equal(known.isAbsent(handset, now + absentMs - 1), true);
  assert.equal(known.isAbsent(handset, now + absentMs), false);
  known.wrote(handset, now);
  assert.equal(known.isAbsent(handset, now), false);
});

describe('a stop of marketing', () => {
  const hour = 60 * 60 * 1000;
  const cases: readonly (readonly [string, (known: Recipients) => void, boolean])[] = [
    ['is none where nothing was said', () => {}, false],
    ['holds', (known) => known.learn(handset, 'marketing-stopped', now), true],
    [
      'holds for a day',
      (known) => known.learn(handset, 'marketing-stopped', now - marketingStoppedMs + 1),
      true,
    ],
    [
      'and no longer: one is tried again',
      (known) => known.learn(handset, 'marketing-stopped', now - marketingStoppedMs),
      false,
    ],
    [
      'is over when the user resumes',
      (known) => {
        known.learn(handset, 'marketing-stopped', now - hour);
        known.learn(handset, 'marketing-resumed', now);
      },
      false,
    ],
    [
      'is not, when the news of an earlier resumption comes late',
      (known) => {
        known.learn(handset, 'marketing-stopped', now);
        known.learn(handset, 'marketing-resumed', now - hour);
      },
      true,
    ],
    [
      'is over when the news of it comes late',
      (known) => {
        known.learn(handset, 'marketing-resumed', now);
        known.learn(handset, 'marketing-stopped', now - hour);
      },
      false,
    ],
    [
      'holds when the user writes: the user may still want no marketing',
      (known) => {
        known.learn(handset, 'marketing-stopped', now);
        known.wrote(handset, now);
      },
      true,
    ],
    ['is one handset’s', (known) => known.learn('31687654321', 'marketing-stopped', now), false],
  ];
  for (const [title, tell, isStopped] of cases) {
    test(title, () => {
      const known = new Recipients();
      tell(known);
      assert.equal(known.hasStoppedMarketing(handset, now), isStopped);
      assert.equal(known.isAbsent(handset, now), false);
    });
  }
});

test('the one heard of longest ago is forgotten first', () => {
  const known = new Recipients();
  for (let index = 0; index <= recipientsMax; index++) known.wrote(`316${index}`, now);
  assert.equal(known.isWindowOpen('3160', now), null);
  assert.equal(known.isWindowOpen('3161', now), true);
  assert.equal(known.isWindowOpen(`316${recipientsMax}`, now), true);
});

describe('what a connection is told of the time before its start', () => {
  const wroteAgo = async (t: Parameters<typeof setUpStage>[0], agoMs: number) => {
    const stage = setUpStage(t, { unknownWindow: 'refuse' });
    const heard = [{ from: handset, at: stage.clock.now() - agoMs }];
    stage.connection.recall?.take(heard);
    await stage.offer(sketchStep(), sketchStep({ msisdn: '31687654321' }));
    return stage;
  };

  test('opens the window of who wrote, and of nobody else', async (t) => {
    const { provider, ports } = await wroteAgo(t, windowMs - 1);
    assert.deepEqual(
      provider.calls.map(({ body }) => body['to']),
      [handset],
    );
    assert.deepEqual(
      ports.outcomesSeen.map(({ outcome }) => outcome),
      [{ kind: 'refused', error: 20 }],
    );
  });

  test('opens none that has closed since', async (t) => {
    const { provider, ports } = await wroteAgo(t, windowMs);
    assert.equal(provider.calls.length, 0);
    assert.deepEqual(ports.kinds(), ['refused', 'refused']);
  });

  test('reaches back as far as a window, and is as much as it can remember', (t) => {
    const { connection } = setUpStage(t);
    const { withinMs, handsetsMax } = connection.recall ?? {};
    assert.deepEqual([withinMs, handsetsMax], [windowMs, recipientsMax]);
  });
});
