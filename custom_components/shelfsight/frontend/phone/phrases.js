/** The sentences that must be heard when everything else is down: fetched once, then held in memory, as text and as sound. */

import { nearestLanguage } from "../texts.js";
import { readWav } from "./adpcm.js";

/** Those without which nothing else may come: first. */
const URGENT = ["ready", "lost", "back", "no_https", "microphone_denied", "camera_denied", "signed_out"];

export class Phrases {
  constructor() {
    this._language = null;
    this.texts = {};
    this._sounds = new Map();
    this._coming = new Map();
  }

  /**
   * Fetch those of a language (BCP 47), or of the nearest there is. What cannot be had stays in writing.
   *
   * @returns {Promise<void>} when the texts are there; the sounds come after that
   */
  async load(language) {
    const nearest = nearestLanguage(language);
    if (nearest === this._language) return;
    this._language = nearest;
    const folder = new URL(`./phrases/${nearest}/`, import.meta.url);
    const response = await fetch(new URL("phrases.json", folder));
    if (!response.ok) throw new Error(`no phrases: ${response.status}`);
    const texts = await response.json();
    if (this._language !== nearest) return;
    this.texts = texts;
    this._sounds.clear();
    this._coming.clear();
    const names = [...URGENT, ...Object.keys(texts).filter((name) => !URGENT.includes(name))];
    for (const name of names) this._coming.set(name, this._loadSound(name, folder, nearest));
  }

  async _loadSound(name, folder, language) {
    try {
      const response = await fetch(new URL(`${name}.wav`, folder));
      const sound = readWav(await response.arrayBuffer());
      if (this._language === language) this._sounds.set(name, sound);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      console.warn(`Shelfsight: the phrase ${name} stays in writing: ${error.message}`); // the network, or a damaged file
    } finally {
      this._coming.delete(name);
    }
  }

  /** While a sound is still on its way: when it has come, or will not. @returns {Promise<void> | null} */
  coming(name) {
    return this._coming.get(name) ?? null;
  }

  /** @returns {{rateHz: number, samples: Float32Array} | null} */
  sound(name) {
    return this._sounds.get(name) ?? null;
  }
}
