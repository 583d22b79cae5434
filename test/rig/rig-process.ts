import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A rig part that runs as a process of its own, so that nothing that happens to others ends it. */
export interface RigProcess {
  readonly pid: number;
  /** What the part announced when it was ready, for example its port. */
  readonly hello: Record<string, unknown>;
  /** Gives a command and resolves with its answer. */
  ask(command: string, argument?: string): Promise<unknown>;
  /** Ends the part; resolves when it is gone. */
  stop(): Promise<void>;
}

export type RigPart = 'smsc-sink' | 'callback-sink' | 'customer';

/** Starts a part of the rig and waits until it is ready. */
export async function startRigProcess(
  part: RigPart,
  args: readonly string[] = [],
): Promise<RigProcess> {
  const script = fileURLToPath(new URL(`${part}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const waiting: ((answer: unknown) => void)[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => waiting.shift()?.(JSON.parse(line)));
  const answer = () =>
    new Promise<unknown>((resolve, reject) => {
      waiting.push(resolve);
      void gone.then(() => reject(new Error(`the ${part} is gone`)));
    });
  const hello = await answer();
  if (child.pid === undefined || typeof hello !== 'object' || hello === null) {
    throw new Error(`the ${part} did not start`);
  }
  return {
    pid: child.pid,
    hello: { ...hello },
    ask(command, argument = '') {
      const answered = answer();
      child.stdin.write(`${command} ${argument}`.trimEnd().concat('\n'));
      return answered;
    },
    async stop() {
      child.kill();
      await gone;
    },
  };
}
