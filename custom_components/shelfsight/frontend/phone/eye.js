/** The camera at the back: on while pictures are wanted, and its track is ended in between, so that the browser shows it off. */

import { stop } from "./ear.js";

const WANTED = { facingMode: { ideal: "environment" }, width: { ideal: 1600 }, height: { ideal: 1200 } };
const BLIND_MS = 15000; // cameras may take seconds to open

/** The size of a picture that fits what is wanted, whichever way the phone is held: [width, height]. */
export function fitted(width, height, wanted) {
  const [long, short] = [Math.max(wanted.width, wanted.height), Math.min(wanted.width, wanted.height)];
  const scale = Math.min(1, long / Math.max(width, height), short / Math.min(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

export class Eye {
  /**
   * @param {(jpeg: Uint8Array, timeMs: number, wish: object) => void} seen
   * @param {(error: Error) => void} failed
   * @param {() => void} changed it went on or off
   */
  constructor(seen, failed, changed) {
    this._seen = seen;
    this._failed = failed;
    this._changed = changed;
    this._wish = null;
    this._stream = null;
    this._video = null;
    this._canvas = null;
    this._opening = 0;
    this._count = 0;
    this._timer = 0;
    this._taking = null;
    this._lastMs = -Infinity;
  }

  get on() {
    return this._stream !== null;
  }

  get wanted() {
    return this._wish !== null;
  }

  /**
   * What is wanted now; null is nothing. A wish without `rate_hz` is a still.
   *
   * @param {object | null} wish
   * @param {boolean} anew a picture under way is not wanted any more, and the next one is due at once
   */
  want(wish, anew) {
    this._wish = wish;
    if (anew) {
      this._taking = null;
      this._lastMs = -Infinity;
    }
    if (wish === null) this.stop();
    else if (this._stream === null) this._start();
    else this._next();
  }

  async _start() {
    if (this._opening) return;
    const mine = (this._opening = ++this._count);
    const blind = setTimeout(() => this._opening === mine && this._fail(new Error(`no picture for ${BLIND_MS} ms`)), BLIND_MS);
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: WANTED });
      const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true, srcObject: stream });
      const playing = video.play();
      if (this._opening === mine) {
        this._stream = stream;
        this._video = video;
        stream.getVideoTracks()[0].addEventListener("ended", () => {
          if (this._stream === stream) this._fail(new DOMException("the camera was taken away", "NotReadableError"));
        });
        this._changed();
      }
      await playing;
      if (this._opening !== mine) stop(stream); // nobody wants it any more
      else this._next();
    } catch (error) {
      if (stream !== null) stop(stream);
      if (this._opening === mine) this._fail(error);
    } finally {
      clearTimeout(blind);
    }
  }

  /** Take a picture when it is time; what cannot be kept up with is left out, never queued. */
  _next() {
    clearTimeout(this._timer);
    if (this._wish === null || this._taking !== null || !this._video?.videoWidth) return;
    const everyMs = this._wish.rate_hz ? 1000 / this._wish.rate_hz : 0;
    const waitMs = this._lastMs + everyMs - performance.now();
    if (waitMs > 0) this._timer = setTimeout(() => this._next(), waitMs);
    else this._take(this._wish);
  }

  _take(wish) {
    const mine = (this._taking = {});
    const timeMs = (this._lastMs = performance.now());
    const { _video: video } = this;
    this._canvas ??= document.createElement("canvas");
    const [width, height] = fitted(video.videoWidth, video.videoHeight, wish);
    if (this._canvas.width !== width || this._canvas.height !== height) Object.assign(this._canvas, { width, height });
    this._canvas.getContext("2d", { alpha: false }).drawImage(video, 0, 0, width, height);
    const made = async (blob) => {
      if (this._taking !== mine) return; // not wanted any more
      if (blob === null) {
        this._fail(new Error("the picture could not be made"));
        return;
      }
      const jpeg = new Uint8Array(await blob.arrayBuffer());
      if (this._taking !== mine) return;
      this._taking = null;
      this._seen(jpeg, timeMs, wish);
      this._next();
    };
    this._canvas.toBlob(made, "image/jpeg", wish.quality / 100);
  }

  _fail(error) {
    this._wish = null;
    this.stop();
    this._failed(error);
  }

  stop() {
    this._opening = 0;
    this._taking = null;
    this._lastMs = -Infinity;
    clearTimeout(this._timer);
    if (this._stream === null) return;
    stop(this._stream);
    this._video.srcObject = null;
    this._stream = this._video = this._canvas = null;
    this._changed();
  }
}
