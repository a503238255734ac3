/** Of all windows of this browser only one is the phone: the newest that a person touched. */

export class OnlyHere {
  /** @param {() => void} lost another window took it */
  constructor(lost) {
    this._lost = lost;
    this._letGo = () => {};
    this._holding = false;
  }

  /**
   * Be the one.
   *
   * @param {string} id of the phone
   * @param {boolean} steal from another window: somebody touched this one
   * @returns {Promise<boolean>} false: another window is
   */
  take(id, steal) {
    if (this._holding) return Promise.resolve(true);
    return new Promise((resolve) => {
      const options = steal ? { steal: true } : { ifAvailable: true };
      const held = navigator.locks.request(`shelfsight phone ${id}`, options, (lock) => {
        resolve(lock !== null);
        if (lock === null) return null;
        this._holding = true;
        return new Promise((letGo) => {
          this._letGo = letGo;
        });
      });
      held.catch(() => {
        // The lock was stolen: that is all it can fail with.
        this._holding = false;
        this._lost();
      });
    });
  }

  release() {
    this._holding = false;
    this._letGo();
  }
}
