import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fuzz } from './run.ts';
import type { FuzzTarget } from './target.ts';
import { targets } from './targets.ts';

const quiet = { note: () => {}, say: () => {} };

/** How many of each are run here: a second's work or less. */
const executionsOf: Readonly<Record<string, number>> = { smpp: 10_000, webhook: 150 };

describe('a short run finds nothing', () => {
  for (const [name, load] of Object.entries(targets)) {
    test(name, async () => {
      const said: string[] = [];
      const options = { executions: executionsOf[name] ?? 500, seed: 1, from: 0 };
      const ears = { ...quiet, say: (text: string) => void said.push(text) };
      assert.ok(await fuzz(name, await load(), options, ears), said.join(''));
    });
  }
});

/** A target on which this is tried. */
function createTarget(attempt: FuzzTarget['attempt']): FuzzTarget {
  return { about: '', seeds: [Buffer.from('seed')], attempt, summarise: () => '' };
}

/** What a run says in the end, and whether it is content. */
async function run(target: FuzzTarget, executions: number, from = 0): Promise<[boolean, string]> {
  const said: string[] = [];
  const ears = { ...quiet, say: (text: string) => void said.push(text) };
  return [await fuzz('it', target, { executions, seed: 7, from }, ears), said.join('')];
}

describe('what is found is told, and how to see it again', () => {
  test('an exception, with the input of the execution', async () => {
    const inputs: string[] = [];
    const target = createTarget((input) => {
      inputs.push(input.toString('hex'));
      if (inputs.length === 5) throw new Error('broken');
    });
    const [isGood, said] = await run(target, 100);
    assert.ok(!isGood);
    assert.match(said, /FAILED at execution 4, seed 7\nError: broken/);
    assert.ok(said.includes(`input ${inputs[4]}\nrepeat with --seed 7 --from 4 --executions 1\n`));
    const again: string[] = [];
    await run(
      createTarget((input) => void again.push(input.toString('hex'))),
      1,
      4,
    );
    assert.deepEqual(again, inputs.slice(4));
  });

  test('one that is slow each time', async () => {
    const target = createTarget(() => {
      const start = process.threadCpuUsage();
      while (process.threadCpuUsage(start).user < 150_000);
    });
    const [isGood, said] = await run(target, 1);
    assert.ok(!isGood);
    assert.match(said, /took \d{3,} ms, more than 100, 3 times/);
  });

  test('but not one that only waits for its turn', async () => {
    const target = createTarget(
      () =>
        new Promise((resolve) => {
          setTimeout(resolve, 150);
        }),
    );
    assert.deepEqual((await run(target, 1))[0], true);
  });

  for (const executions of [16, 3_000]) {
    test(`memory that grows, within ${executions} executions; what is let go of is none`, async () => {
      const held: Buffer[] = [];
      const bytes = (48 * 1024 * 1024) / executions;
      const keep = createTarget(() => void held.push(Buffer.alloc(bytes, 1)));
      const [isGood, said] = await run(keep, executions);
      assert.ok(!isGood);
      assert.match(said, /FAILED, memory grows/);
      const drop = createTarget(() => {
        held.length = 0;
        held.push(Buffer.alloc(bytes, 1));
      });
      assert.ok((await run(drop, executions))[0]);
    });
  }
});
