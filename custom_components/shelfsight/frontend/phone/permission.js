/** Whether the browser lets the page use camera and microphone, and asking the person for it once, before the first question. */

import { stop } from "./ear.js";
import { troubleOf } from "./troubles.js";

const PARTS = { microphone: { audio: true }, camera: { video: true } };

export class Permission {
  constructor() {
    this._status = {};
    this._given = false;
  }

  /** Look what was decided before. Browsers that do not tell are asked with the first touch. */
  async look() {
    for (const name of Object.keys(PARTS)) {
      try {
        this._status[name] = await navigator.permissions.query({ name });
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    }
  }

  /** Whether a question can begin without the browser asking anything: it must not ask in the middle of one. */
  get settled() {
    return this._given || Object.keys(PARTS).every((name) => this._status[name] && this._status[name].state !== "prompt");
  }

  /** Ask. @returns {Promise<string | null>} what is wrong, as the name of a sentence */
  async ask() {
    let trouble = null;
    try {
      stop(await navigator.mediaDevices.getUserMedia({ audio: true, video: true }));
    } catch {
      // Which of the two it was only shows when each is asked for alone. Without a microphone nothing can be asked: it counts more.
      for (const what of ["camera", "microphone"]) trouble = (await this._alone(what)) ?? trouble;
    }
    this._given = trouble === null || !trouble.startsWith("microphone");
    return trouble;
  }

  async _alone(what) {
    try {
      stop(await navigator.mediaDevices.getUserMedia(PARTS[what]));
      return null;
    } catch (error) {
      return troubleOf(what, error);
    }
  }
}
