/** What was asked and answered lately, as text, in this page's memory alone. Pure. */

const MOST = 10;

export class Talk {
  constructor() {
    /** The newest first: {key, asked, said}. */
    this.turns = [];
    this._newest = null;
  }

  /**
   * The last question and answer that Home Assistant knows.
   *
   * @param {string | null} key changes with each answer
   * @returns {boolean} whether that is a new one
   */
  see(key, asked, said) {
    if (key === null || key === this._newest || said === null) return false;
    this._newest = key;
    this.turns = [{ key, asked, said }, ...this.turns].slice(0, MOST);
    return true;
  }

  /** Forget all of it; what Home Assistant still knows does not come back. */
  clear() {
    this.turns = [];
  }
}
