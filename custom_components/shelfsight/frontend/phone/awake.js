/** The screen stays on while the page is to be seen, for as long as the browser can do that. */

export class Awake {
  constructor() {
    this._lock = null;
    this._wanted = false;
  }

  /** To be called with every touch and whenever the page is shown again: the browser takes the lock with the page's sight. */
  async keep() {
    this._wanted = true;
    if (!("wakeLock" in navigator) || document.hidden || (this._lock && !this._lock.released)) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      this._lock = lock;
      if (!this._wanted) this.letGo();
    } catch (error) {
      if (error.name !== "NotAllowedError") throw error; // the battery is low, or the page is hidden: the screen goes dark as always
    }
  }

  letGo() {
    this._wanted = false;
    this._lock?.release();
    this._lock = null;
  }
}
