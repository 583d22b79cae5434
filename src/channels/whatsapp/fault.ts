/** Why content cannot be sent over WhatsApp: where in it, such as ".media", and what is wrong there. */
export class Fault {
  readonly path: string;
  readonly what: string;

  constructor(path: string, what: string) {
    this.path = path;
    this.what = what;
  }

  /** The same fault as seen from one level above. */
  within(step: string): Fault {
    return new Fault(step + this.path, this.what);
  }
}

/** Characters rather than code units; a text that is far too long is not walked through. */
export function isLonger(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return false;
  return text.length > charactersMax * 2 || Array.from(text).length > charactersMax;
}

/** A text with a limit; null when it is right. */
export function checkText(
  path: string,
  text: string,
  charactersMax: number,
  isNeeded = true,
): Fault | null {
  if (text === '' && isNeeded) return new Fault(path, 'is missing');
  if (isLonger(text, charactersMax)) {
    return new Fault(path, `has more than ${charactersMax} characters`);
  }
  return null;
}
