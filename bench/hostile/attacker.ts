import { constants, setPriority } from 'node:os';
import { attacks } from './attacks.ts';

/*
 * A stranger as a process of its own: `node bench/hostile/attacker.ts NAME PORT`. It attacks until it
 * is ended. Strangers have machines of their own: this one yields to what is measured.
 */
setPriority(constants.priority.PRIORITY_LOW);
const [name, port] = process.argv.slice(2);
const attack = attacks.find((known) => known.name === name);
if (attack === undefined) throw new Error(`there is no attack "${name}"`);
attack.start(Number(port));
process.stdout.write('started\n');
