/** When to dial again, and what is said about the link (PROTOCOL.md, section 5). Pure; times are ms. */

const FIRST_MS = 500;
const LONGEST_MS = 30000;
const QUICK_MS = 4000; // the longest wait in the first minute after a link was lost: most outages are short
const QUICK_FOR_MS = 60000;
const STABLE_MS = 10000; // a link that held so long was a good one

export class Backoff {
  constructor() {
    this._nextMs = FIRST_MS;
    this._quickUntilMs = 0;
  }

  /** The next wait; `chance`, 0 to below 1, makes it half to all of the full time. */
  waitMs(chance, nowMs) {
    const fullMs = this.quick(nowMs) ? Math.min(QUICK_MS, this._nextMs) : this._nextMs;
    this._nextMs = Math.min(LONGEST_MS, fullMs * 2);
    return fullMs * (0.5 + chance / 2);
  }

  /** Whether a link was lost less than a minute ago. */
  quick(nowMs) {
    return nowMs < this._quickUntilMs;
  }

  /** A link that was up for `heldMs` is gone. */
  lost(heldMs, nowMs) {
    this._quickUntilMs = nowMs + QUICK_FOR_MS;
    if (heldMs >= STABLE_MS) this._nextMs = FIRST_MS;
  }

  /** Something has changed: the waits begin anew. */
  soon() {
    this._nextMs = FIRST_MS;
  }

  /** Waits as long as it may from now on. */
  longest() {
    this._nextMs = LONGEST_MS;
    this._quickUntilMs = 0;
  }
}

/** What the person is told about the link, each thing once. */
export class Tidings {
  constructor() {
    this._told = new Set();
    this._ever = false;
  }

  /** A round of dialling failed, or the link ended; what to say, or null. */
  failed(name) {
    if (this._told.has(name)) return null;
    this._told.add(name);
    return name;
  }

  /** The link is up: `ready` the first time, `back` where the person was told that it was gone, else null. */
  connected() {
    const first = !this._ever;
    const told = this._told.size > 0;
    this._told.clear();
    this._ever = true;
    if (first) return "ready";
    return told ? "back" : null;
  }
}
