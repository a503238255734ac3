/**
 * The button of a headset. Browsers give it to the page whose sound plays, so one second of silence plays, over and over, from the
 * first touch on while the page is to be seen.
 */

const RATE_HZ = 8000;
const LENGTH_S = 10; // shorter sounds get no buttons (Chromium wants five seconds)
const ACTIONS = ["play", "pause", "stop"];

/** A WAV file of silence, 8 bits. */
function silence() {
  const count = RATE_HZ * LENGTH_S;
  const view = new DataView(new ArrayBuffer(44 + count));
  const words = [[0, "RIFF"], [8, "WAVEfmt "], [36, "data"]];
  for (const [at, word] of words) [...word].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  for (const [at, value] of [[4, 36 + count], [16, 16], [24, RATE_HZ], [28, RATE_HZ], [40, count]]) view.setUint32(at, value, true);
  for (const [at, value] of [[20, 1], [22, 1], [32, 1], [34, 8]]) view.setUint16(at, value, true);
  new Uint8Array(view.buffer).fill(128, 44);
  return new Blob([view.buffer], { type: "audio/wav" });
}

export class Headset {
  /** @param {() => void} tapped */
  constructor(tapped) {
    this._tapped = tapped;
    this._sound = null;
    this._url = null;
  }

  /** To be called by a touch. @param {string} title what headsets with a display show */
  follow(title) {
    if (this._sound !== null || !("mediaSession" in navigator)) return;
    this._url = URL.createObjectURL(silence());
    this._sound = Object.assign(new Audio(this._url), { loop: true });
    navigator.mediaSession.metadata = new MediaMetadata({ title });
    for (const action of ACTIONS) navigator.mediaSession.setActionHandler(action, () => this._press());
    this._play();
  }

  _press() {
    this._play(); // the browser has paused it
    this._tapped();
  }

  _play() {
    this._sound.play().catch(() => {}); // no headset button then; everything else works
    navigator.mediaSession.playbackState = "playing";
  }

  leave() {
    if (this._sound === null) return;
    for (const action of ACTIONS) navigator.mediaSession.setActionHandler(action, null);
    navigator.mediaSession.metadata = null;
    this._sound.pause();
    URL.revokeObjectURL(this._url);
    this._sound = null;
  }
}
