import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Smsc } from '../rig/smsc.ts';
import { sendAccepted, textTo } from './customer.ts';
import { closeOperators, startOperator } from './operator.ts';
import { cleanUp, type Program, startProgram, token, tokenSecret } from './program.ts';
import { until } from './until.ts';

/** Short times, so that a test need not wait for a person's patience. */
const health = {
  windowMs: 2_000,
  throttledShare: 0.25,
  downMs: 200,
  openMs: 300,
  openLongestMs: 600,
  trialsPerSecond: 50,
};

/** Parts that a connection has under way at once. */
const windowParts = 10;

const ports: Record<string, number> = {};
const operators: Record<string, Smsc> = {};
let program: Program;

before(async () => {
  for (const name of ['north', 'south', 'spare']) {
    const { smsc, port } = await startOperator({ receipts: false, ledger: true });
    operators[name] = smsc;
    ports[name] = port;
  }
  program = await startProgram({
    config: {
      accounts: [{ id: 'shop', token: tokenSecret }],
      connections: Object.entries(ports).map(([name, port]) => ({
        name,
        channel: 'SMS',
        settings: {
          hosts: [`127.0.0.1:${port}`],
          tls: false,
          systemId: 'chappe',
          window: windowParts,
          reconnectFirstMs: 50,
          reconnectLongestMs: 200,
        },
      })),
      groups: [
        {
          name: 'dutch',
          channel: 'SMS',
          members: [
            { connection: 'north', weight: 1 },
            { connection: 'south', weight: 1 },
          ],
        },
      ],
      routes: [
        { channel: 'SMS', group: 'dutch', prefixes: ['31'] },
        { channel: 'SMS', connection: 'spare', prefixes: ['31'], priority: 200 },
      ],
      health,
    },
  });
});

after(async () => {
  await cleanUp();
  await closeOperators();
});

interface Step {
  readonly connection: string;
  readonly passedOver: readonly string[];
}

/** The first step of a plan for each number. */
async function plan(numbers: readonly string[]): Promise<Step[]> {
  const msg = [{ ...textTo('', 'Hoi'), to: numbers.map((number) => ({ number })) }];
  const response = await fetch(`${program.url}/api/plan`, {
    method: 'POST',
    headers: { 'x-cm-producttoken': token },
    body: JSON.stringify({ messages: { msg } }),
  });
  assert.equal(response.status, 200);
  const { messages }: { messages: { steps: [Step] }[] } = JSON.parse(await response.text());
  return messages.map(({ steps }) => steps[0]);
}

async function planned(numbers: readonly string[]): Promise<string[]> {
  return (await plan(numbers)).map(({ connection }) => connection);
}

let lastNumber = 10_000_000;

function newNumbers(count: number): string[] {
  return Array.from({ length: count }, () => `00316${++lastNumber}`);
}

/** Sends to each number and resolves with the operators that got them, in the order of the numbers. */
async function sendAll(numbers: readonly string[]): Promise<string[]> {
  await sendAccepted(
    program,
    numbers.map((number) => textTo(number, 'Hoi')),
  );
  return until('every message is at an operator', () => {
    const found = numbers.map(findOperator);
    return found.every((name) => name !== undefined) ? found : null;
  });
}

function findOperator(number: string): string | undefined {
  return Object.keys(operators).find((name) => {
    const operator = operators[name];
    return operator !== undefined && isAt(operator, number);
  });
}

function isAt(operator: Smsc, number: string): boolean {
  return operator.seen.has(Number(number.slice(-8)));
}

/** As many of these new numbers as routing gives to a connection. */
async function listNumbersOf(name: string, count: number): Promise<string[]> {
  const candidates = newNumbers(count);
  const names = await planned(candidates);
  return candidates.filter((_, index) => names[index] === name);
}

/** Resolves once plans for these numbers hold none of this connection, or again hold it. */
async function untilPlans(numbers: readonly string[], name: string, isIn: boolean): Promise<void> {
  await until(`plans ${isIn ? 'hold' : 'leave'} ${name}`, async () => {
    return (await planned(numbers)).includes(name) === isIn;
  });
}

describe('a group of two operators, and a third behind them', () => {
  const numbers = newNumbers(60);
  let before: string[] = [];

  test('share the numbers, and the plan says who gets which', async () => {
    await until('both are up', async () => {
      const names = new Set(await planned(numbers));
      return names.has('north') && names.has('south') && !names.has('spare');
    });
    before = await planned(numbers);
    assert.deepEqual(await sendAll(numbers), before);
    assert.ok(before.filter((name) => name === 'north').length > 10);
  });

  test('one that throttles is passed over, and what waits for it goes to the other', async () => {
    const { north, south } = operators;
    assert.ok(north !== undefined && south !== undefined);
    north.change({ faults: { throttle: 1 } });
    const mine = await listNumbersOf('north', 100);
    await sendAccepted(
      program,
      mine.map((number) => textTo(number, 'Hoi')),
    );
    await untilPlans(numbers, 'north', false);
    const [step] = await plan(mine);
    assert.ok(step?.passedOver.some((why) => /^north .*its operator throttles it$/.test(why)));
    assert.equal(new Set(await sendAll(newNumbers(20))).has('north'), false);
    // What lies in the window was tried already, and waits there for its next attempt.
    await until('what was not tried is sent by the other', () => {
      return mine.filter((number) => isAt(south, number)).length >= mine.length - windowParts;
    });
    north.change({ faults: { throttle: 0 } });
    await until('what was tried is sent', () => {
      return mine.every((number) => isAt(north, number) || isAt(south, number));
    });
    assert.deepEqual(
      mine.filter((number) => isAt(north, number) && isAt(south, number)),
      [],
      'nothing is sent by both',
    );
  });

  test('one whose link is down gives its numbers to the other; the others stay', async () => {
    const { north } = operators;
    assert.ok(north !== undefined);
    await untilPlans(numbers, 'north', true);
    await until('the trial is over', async () => {
      await sendAll(newNumbers(10));
      return (await planned(numbers)).every((name, index) => name === before[index]);
    });
    const waiting = await listNumbersOf('north', 40);
    await north.close();
    // Sent before anybody knows that it is down, and moved when it is known.
    assert.deepEqual(new Set(await sendAll(waiting)), new Set(['south']));
    await untilPlans(numbers, 'north', false);
    assert.deepEqual(new Set(await planned(numbers)), new Set(['south']));
    const [step] = await plan([numbers[before.indexOf('north')] ?? '']);
    assert.deepEqual(step?.passedOver, [
      'north (route 1): its link is down',
      'spare (route 2): its priority is 200, and 100 goes first',
    ]);
    assert.deepEqual(new Set(await sendAll(newNumbers(20))), new Set(['south']));
  });

  test('with both down the next route serves', async () => {
    await operators['south']?.close();
    await untilPlans(numbers, 'south', false);
    assert.deepEqual(new Set(await sendAll(newNumbers(20))), new Set(['spare']));
  });

  test('those that come back get their own numbers again, after a trial', async () => {
    for (const name of ['north', 'south']) {
      const { smsc } = await startOperator({ receipts: false, ledger: true }, ports[name]);
      operators[name] = smsc;
    }
    await untilPlans(numbers, 'north', true);
    await untilPlans(numbers, 'south', true);
    await until('the trials are over', async () => {
      await sendAll(newNumbers(10));
      return (await planned(numbers)).every((name, index) => name === before[index]);
    });
  });
});
