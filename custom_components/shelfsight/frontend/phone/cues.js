/**
 * The built-in sounds, computed; each has a rhythm of its own (PROTOCOL.md, "Cues"). Pure.
 *
 * A note is [hertz, sounding for ms, silence after it in ms, loudness]: rhythm and loudness tell them apart, pitch only adds to it.
 */

const HIGH = 1000;
const MIDDLE = 800;
const LOW = 600;
const DEEP = 300;
const FULL = 0.37; // of full scale: cues stay below speech
const SOFT = 0.35; // 9 dB below the others, as it is repeated
const FADE_MS = 4; // in and out, against clicks

export const NOTES = Object.freeze({
  listening: [[HIGH, 120, 0, 1]],
  thinking: [[LOW, 30, 75, SOFT], [LOW, 30, 75, SOFT], [LOW, 30, 0, SOFT]],
  done: [[HIGH, 60, 80, 1], [MIDDLE, 220, 0, 1]],
  error: [[DEEP, 300, 240, 1], [DEEP, 300, 0, 1]],
  lost: [[MIDDLE, 350, 110, 1], [LOW, 80, 110, 1], [DEEP, 80, 0, 1]],
  back: [[DEEP, 80, 110, 1], [LOW, 80, 110, 1], [HIGH, 350, 0, 1]],
  refused: [[DEEP, 100, 150, 1], [DEEP, 100, 150, 1], [DEEP, 100, 150, 1], [DEEP, 100, 0, 1]],
});

/** Cues that are no longer true once an answer begins. */
export const PASSING = Object.freeze(["listening", "thinking"]);
/** Cues that a person can switch off; what went wrong is always heard. */
export const OPTIONAL = Object.freeze(["listening", "thinking", "done"]);

/** The same rhythm for the hand: how long to vibrate, and to pause, in turns, in ms. Soft ones are not felt. */
export function vibration(name) {
  return (NOTES[name] ?? []).flatMap(([, onMs, offMs, loudness]) => (loudness < 1 ? [] : [onMs, offMs])).slice(0, -1);
}

/**
 * The sound of a cue.
 *
 * @param {string} name
 * @param {number} rateHz
 * @returns {Float32Array} -1 to 1
 */
export function cueSamples(name, rateHz) {
  const notes = NOTES[name] ?? NOTES.error;
  const lengthMs = notes.reduce((sum, [, onMs, offMs]) => sum + onMs + offMs, 0);
  const samples = new Float32Array(Math.ceil((lengthMs * rateHz) / 1000));
  let startMs = 0;
  for (const [hertz, onMs, offMs, loudness] of notes) {
    const from = Math.round((startMs * rateHz) / 1000);
    const count = Math.round((onMs * rateHz) / 1000);
    const fade = (FADE_MS * rateHz) / 1000;
    for (let at = 0; at < count; at++) {
      const edge = Math.min(1, at / fade, (count - 1 - at) / fade);
      samples[from + at] = FULL * loudness * edge * Math.sin((2 * Math.PI * hertz * at) / rateHz);
    }
    startMs += onMs + offMs;
  }
  return samples;
}
