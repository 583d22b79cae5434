import type { Account } from '../core/account.ts';
import type { Intake } from '../intake/intake.ts';
import type { IntakeMessage, MessageResult } from '../intake/request.ts';
import type { Clock } from '../lib/clock.ts';
import type { MessageIds } from '../lib/message-id.ts';
import { commandStatus } from '../smpp/command-status.ts';
import type { DataSm, SubmitMulti, SubmitSm, UnsuccessSme } from '../smpp/pdus.ts';
import { statusOfRejection, statusOfResult } from './command-statuses.ts';
import { ConcatGroups, type HeldPart } from './concat-groups.ts';
import { batchMessagesMax } from './limits.ts';
import { checkDestination, readSubmission, type Submission, writeMessage } from './submission.ts';
import { type ComposedText, composePart, composeWhole } from './user-data.ts';

/** Two messages in a row that did not come whole in time: this session waits for each answer. */
export const lateInRowMax = 2;

/** A session as the desk sees it. Answers that come too late for it are dropped by it. */
export interface Submitter {
  /** Messages in a row whose parts did not all come in time. */
  lateInRow: number;
  answer(request: SubmitSm | DataSm, message_id: string): void;
  answerMulti(
    request: SubmitMulti,
    command_status: number,
    message_id: string,
    unsuccess_sme: UnsuccessSme[],
  ): void;
  refuse(request: SubmitSm | SubmitMulti | DataSm, command_status: number): void;
}

export interface SubmitDeskParts {
  readonly account: Account;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly ids: MessageIds;
  onFailure(error: unknown): void;
}

interface SingleRequest {
  readonly session: Submitter;
  readonly pdu: SubmitSm | DataSm;
  readonly submission: Submission;
}

/** A message on its way to intake. */
interface Pending {
  readonly message: IntakeMessage;
  readonly wants: number;
  readonly recipients: number;
  /** What became of it: a result for each recipient, or one command_status for all. */
  settle(results: readonly MessageResult[] | number): void;
}

/**
 * Takes the submits of all sessions of one account. What one turn of the event loop brings goes to intake
 * in as few calls as possible, and is answered after the commit (DESIGN §9).
 */
export class SubmitDesk {
  readonly #parts: SubmitDeskParts;
  /** References over SMPP are ours: what the account's may look like is no matter here. */
  readonly #account: Account;
  readonly #groups = new ConcatGroups<SingleRequest>();
  #pending: Pending[] = [];

  constructor(parts: SubmitDeskParts) {
    this.#parts = parts;
    this.#account = { ...parts.account, references: 'tolerant' };
  }

  /** Parts of longer messages that wait for the others. */
  get waiting(): number {
    return this.#groups.size;
  }

  submit(session: Submitter, pdu: SubmitSm | SubmitMulti | DataSm): void {
    const submission = readSubmission(pdu, this.#parts.clock.now());
    if (typeof submission === 'number') session.refuse(pdu, submission);
    else if (pdu.command === 'submit_multi') this.#submitMulti(session, pdu, submission);
    else this.#submitSingle({ session, pdu, submission });
  }

  /** Lets time pass: parts that have waited long enough go on their way alone. */
  tick(now: number): void {
    const late = this.#groups.expire(now);
    for (const session of new Set(late.map(({ request }) => request.session))) session.lateInRow++;
    this.#sendAlone(late);
  }

  /** The session sends nothing more, but still gets its answers. */
  finish(session: Submitter): void {
    this.#sendAlone(this.#groups.releaseWhere((request) => request.session === session));
  }

  /** The session is gone: its parts have not been answered and are forgotten. */
  leave(session: Submitter): void {
    const released = this.#groups.releaseWhere((request) => request.session === session);
    this.#sendAlone(released.filter(({ request }) => request.session !== session));
  }

  #submitSingle(request: SingleRequest): void {
    const { session, pdu, submission } = request;
    const fault = checkDestination(pdu.dest_addr_ton, pdu.dest_addr_npi);
    if (fault !== null) return session.refuse(pdu, fault);
    const { data } = submission;
    if (data.concat === null) return this.#send([request], composeWhole([data]));
    if (session.lateInRow >= lateInRowMax) return this.#send([request], composePart(data));
    const key = `${pdu.source_addr}/${pdu.destination_addr}`;
    const { whole, alone } = this.#groups.add(
      key,
      { request, data },
      this.#parts.clock.monotonic(),
    );
    this.#sendAlone(alone);
    if (whole === null) return;
    const requests = whole.map((part) => part.request);
    for (const one of requests) one.session.lateInRow = 0;
    this.#send(requests, composeWhole(whole.map((part) => part.data)));
  }

  #sendAlone(parts: readonly HeldPart<SingleRequest>[]): void {
    for (const { request, data } of parts) this.#send([request], composePart(data));
  }

  /** One message, whose PDUs all get the same answer: whoever asked in any of them gets a receipt. */
  #send(requests: readonly SingleRequest[], text: ComposedText | number): void {
    const [first] = requests;
    if (first === undefined) return;
    const refuse = (command_status: number): void => {
      for (const { session, pdu } of requests) session.refuse(pdu, command_status);
    };
    if (typeof text === 'number') return refuse(text);
    const { pdu, submission } = first;
    let wants = 0;
    for (const request of requests) wants |= request.submission.wants;
    this.#enqueue({
      message: writeMessage(submission, text, [pdu.destination_addr], submission.reference),
      wants,
      recipients: 1,
      settle(results) {
        const outcome = typeof results === 'number' ? results : readResult(results[0]);
        if (typeof outcome === 'number') return refuse(outcome);
        for (const { session, pdu: asked } of requests) session.answer(asked, outcome.id);
      },
    });
  }

  #submitMulti(session: Submitter, pdu: SubmitMulti, submission: Submission): void {
    const text = composePart(submission.data);
    if (typeof text === 'number') return session.refuse(pdu, text);
    const { good, unsuccess } = sortDestinations(pdu);
    if (good.length === 0) {
      const status = unsuccess[0]?.error_status_code ?? commandStatus.ESME_RINVNUMDESTS;
      return session.answerMulti(pdu, status, '', unsuccess);
    }
    const isOne = good.length === 1;
    const sharedId = isOne ? null : this.#parts.ids.next();
    const to = good.map(({ destination_addr }) => destination_addr);
    this.#enqueue({
      message: writeMessage(submission, text, to, sharedId ?? submission.reference),
      wants: submission.wants,
      recipients: to.length,
      settle(results) {
        if (typeof results === 'number') return session.refuse(pdu, results);
        let acceptedId: string | null = null;
        for (const [index, address] of good.entries()) {
          const outcome = readResult(results[index]);
          if (typeof outcome !== 'number') acceptedId ??= sharedId ?? outcome.id;
          else unsuccess.push({ ...address, error_status_code: outcome });
        }
        const status =
          acceptedId === null
            ? (unsuccess[0]?.error_status_code ?? commandStatus.ESME_RSUBMITFAIL)
            : commandStatus.ESME_ROK;
        session.answerMulti(pdu, status, acceptedId ?? '', unsuccess);
      },
    });
  }

  #enqueue(pending: Pending): void {
    this.#pending.push(pending);
    if (this.#pending.length === 1) this.#parts.clock.soon(() => this.#flush());
  }

  /** One call of intake for each run of messages that want the same reports. */
  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    // A trial account is refused a whole request when it cannot pay for all of it (contract §4.3).
    const most = this.#account.wallet === 'trial' ? 1 : batchMessagesMax;
    let run: Pending[] = [];
    let recipients = 0;
    for (const one of pending) {
      const isFull = recipients + one.recipients > most;
      if (run.length > 0 && (isFull || one.wants !== run[0]?.wants)) {
        void this.#commit(run);
        run = [];
        recipients = 0;
      }
      run.push(one);
      recipients += one.recipients;
    }
    void this.#commit(run);
  }

  async #commit(run: readonly Pending[]): Promise<void> {
    const result = await this.#submitRun(run);
    let at = 0;
    for (const { recipients, settle } of run) {
      const end = at + recipients;
      settle(typeof result === 'number' ? result : result.slice(at, end));
      at = end;
    }
  }

  /** What became of each recipient, or of all of them together. Never rejects: nobody would listen. */
  async #submitRun(run: readonly Pending[]): Promise<readonly MessageResult[] | number> {
    const { intake, onFailure } = this.#parts;
    const account = this.#account;
    try {
      const result = await intake.submit({
        account,
        door: 'smpp',
        messages: run.map(({ message }) => message),
        policy: 'each',
        reports: { to: `smpp:${account.id}`, wants: run[0]?.wants ?? 0 },
      });
      return result.kind === 'done' ? result.results : statusOfResult[result.kind];
    } catch (error) {
      onFailure(error);
      return commandStatus.ESME_RSYSERR;
    }
  }
}

/** The id of an accepted message, or the command_status of a refused one. */
function readResult(result: MessageResult | undefined): { id: string } | number {
  const { id = null, rejection = null } = result ?? {};
  if (id !== null) return { id };
  return rejection === null ? commandStatus.ESME_RSYSERR : statusOfRejection(rejection);
}

type SmeAddress = Omit<UnsuccessSme, 'error_status_code'>;

/** There are no distribution lists here; the other destinations are numbers. */
function sortDestinations({ dest_address }: SubmitMulti): {
  good: SmeAddress[];
  unsuccess: UnsuccessSme[];
} {
  const good: SmeAddress[] = [];
  const unsuccess: UnsuccessSme[] = [];
  for (const address of dest_address) {
    if (address.dest_flag === 2) {
      const destination_addr = address.dl_name;
      const error_status_code = commandStatus.ESME_RINVDLNAME;
      unsuccess.push({ dest_addr_ton: 0, dest_addr_npi: 0, destination_addr, error_status_code });
      continue;
    }
    const { dest_addr_ton, dest_addr_npi, destination_addr } = address;
    const sme = { dest_addr_ton, dest_addr_npi, destination_addr };
    const fault = checkDestination(dest_addr_ton, dest_addr_npi);
    if (fault === null) good.push(sme);
    else unsuccess.push({ ...sme, error_status_code: fault });
  }
  return { good, unsuccess };
}
