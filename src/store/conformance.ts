import { describe } from 'node:test';
import { testAnswered } from './conformance/answered.ts';
import { testConversions } from './conformance/conversions.ts';
import { testDispatch } from './conformance/dispatch.ts';
import { testDurability } from './conformance/durability.ts';
import { testHistory } from './conformance/history.ts';
import { testInbound } from './conformance/inbound.ts';
import { testIntake } from './conformance/intake.ts';
import { testLastHeard } from './conformance/last-heard.ts';
import { testLeases } from './conformance/leases.ts';
import { testOnce } from './conformance/once.ts';
import type { OpenStore } from './conformance/open-store.ts';
import { testOptOuts } from './conformance/opt-outs.ts';
import { testOutbox } from './conformance/outbox.ts';
import { testReceipts } from './conformance/receipts.ts';
import { testRevocations } from './conformance/revocations.ts';

/** What every store must do. `open` gives a fresh, empty one for each test. */
export function testStore(name: string, open: OpenStore): void {
  describe(`${name}: intake`, () => testIntake(open));
  describe(`${name}: requests that come again`, () => testOnce(open));
  describe(`${name}: dispatch`, () => testDispatch(open));
  describe(`${name}: receipts`, () => testReceipts(open));
  describe(`${name}: what is taken back`, () => testRevocations(open));
  describe(`${name}: outbox`, () => testOutbox(open));
  describe(`${name}: incoming messages`, () => testInbound(open));
  describe(`${name}: what they answer`, () => testAnswered(open));
  describe(`${name}: who wrote when`, () => testLastHeard(open));
  describe(`${name}: opt-outs`, () => testOptOuts(open));
  describe(`${name}: leases`, () => testLeases(open));
  describe(`${name}: history and retention`, () => testHistory(open));
  describe(`${name}: conversions`, () => testConversions(open));
  describe(`${name}: durability`, () => testDurability(open));
}
