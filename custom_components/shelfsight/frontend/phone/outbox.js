/**
 * What waits to be sent, and in which order: text, sound, and only then the next part of a picture (PROTOCOL.md, section 2).
 *
 * A browser tells how much of a WebSocket waits unsent, and not when that changes: it is looked at while anything waits here.
 */

import { PART_LIMIT_BYTES, PICTURE_LIMIT_BYTES, microphoneMessage, picturePart } from "./codec.js";

const MOST_UNSENT_BYTES = 8192; // below the WebSocket; more would make sound late
const MOST_CHUNKS = 24; // half a second of sound waits at most for a slow network, then the oldest goes
const LOOK_MS = 5;

export class Outbox {
  constructor() {
    this._link = null;
    this._timer = 0;
    this.close();
  }

  /** A connection begins: nothing of an older one is sent on it. */
  open(link) {
    this.close();
    this._link = link;
  }

  close() {
    this._link = null;
    this._sound = [];
    this._picture = null;
    this._soundSequence = 0;
    this._pictureSequence = 0;
    clearTimeout(this._timer);
    this._timer = 0;
  }

  /** @param {object} message goes at once */
  text(message) {
    this._link?.send(message);
  }

  /** A message that ends a question: after all sound that was taken before it. */
  textAfterSound(message) {
    while (this._sound.length) this._sendSound();
    this.text(message);
  }

  /** @param {Uint8Array} pcm 20 ms of the microphone @param {number} timeMs of its first sample */
  sound(pcm, timeMs) {
    if (this._link === null) return;
    this._sound.push({ pcm, timeMs });
    if (this._sound.length > MOST_CHUNKS) this._sound.shift();
    this._pump();
  }

  /** A new question: what waits of an older one is not part of it. */
  dropSound() {
    this._sound = [];
  }

  /**
   * Send a picture; of two only the newer one counts.
   *
   * @param {Uint8Array} jpeg
   * @param {number} timeMs when it was taken
   */
  picture(jpeg, timeMs) {
    if (this._link === null || jpeg.length > PICTURE_LIMIT_BYTES) return;
    this._abandon();
    this._picture = { jpeg, timeMs, offset: 0, sequence: this._pictureSequence++ };
    this._pump();
  }

  /** Sends no further part of the picture that is under way. */
  dropPicture() {
    this._abandon();
  }

  get sendingPicture() {
    return this._picture !== null;
  }

  _abandon() {
    this._picture = null;
  }

  _pump() {
    clearTimeout(this._timer);
    this._timer = 0;
    while (this._link && (this._sound.length || this._picture)) {
      if (this._link.waitingBytes >= MOST_UNSENT_BYTES) {
        this._timer = setTimeout(() => this._pump(), LOOK_MS);
        return;
      }
      if (this._sound.length) this._sendSound();
      else this._sendPart();
    }
  }

  _sendSound() {
    const { pcm, timeMs } = this._sound.shift();
    this._link.sendBytes(microphoneMessage(this._soundSequence++, timeMs, pcm));
  }

  _sendPart() {
    const { jpeg, timeMs, offset, sequence } = this._picture;
    this._link.sendBytes(picturePart(sequence, timeMs, jpeg, offset));
    this._picture.offset += PART_LIMIT_BYTES;
    if (this._picture.offset >= jpeg.length) this._picture = null;
  }
}
