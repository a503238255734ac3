/**
 * Messages of the link (firmware_bridge/PROTOCOL.md, sections 2 to 4): bytes and texts in, checked values out, and the other way.
 * No clock, no socket, no document: runs in a browser and in Node.
 */

export const PROTOCOL = 1; // the newest version this page speaks, and the oldest
const MICROPHONE = 1;
const PICTURE = 2;
const SPEAKER = 3;
const HEADER_BYTES = 8;
const PART_HEADER_BYTES = 16;
export const PART_LIMIT_BYTES = 4096;
export const PICTURE_LIMIT_BYTES = 2 * 1024 * 1024;
const SPEAKER_LIMIT_BYTES = 4096;
const UNPROVEN_LIMIT_BYTES = 4096;
const TEXT_LIMIT_BYTES = 16384;
const U32 = 4294967295;

/** The other side broke PROTOCOL.md; the connection cannot go on. */
export class ProtocolError extends Error {}

/** The version to speak: the highest that both do, or, if there is none, our own. */
export function agreedVersion(homeOldest, homeNewest, ownOldest = PROTOCOL, ownNewest = PROTOCOL) {
  const version = Math.min(ownNewest, homeNewest);
  return version >= Math.max(ownOldest, homeOldest) ? version : ownNewest;
}

// --- out ---------------------------------------------------------------------------------------------------------------

/**
 * A microphone message.
 *
 * @param {number} sequence wraps at 16 bits
 * @param {number} timeMs the page's clock at the first sample, wraps at 32 bits
 * @param {Uint8Array} pcm s16le, mono
 * @returns {Uint8Array}
 */
export function microphoneMessage(sequence, timeMs, pcm) {
  const message = header(MICROPHONE, sequence, timeMs, HEADER_BYTES + pcm.length);
  message.set(pcm, HEADER_BYTES);
  return message;
}

/**
 * One part of a picture, from `offset` on, as long as allowed.
 *
 * @param {number} sequence of the picture
 * @param {number} timeMs when it was taken
 * @param {Uint8Array} jpeg all of it
 * @param {number} offset
 * @returns {Uint8Array} its payload ends where the next part begins
 */
export function picturePart(sequence, timeMs, jpeg, offset) {
  const data = jpeg.subarray(offset, offset + PART_LIMIT_BYTES);
  const message = header(PICTURE, sequence, timeMs, PART_HEADER_BYTES + data.length);
  const view = new DataView(message.buffer);
  view.setUint32(8, offset);
  view.setUint32(12, jpeg.length);
  message.set(data, PART_HEADER_BYTES);
  return message;
}

function header(stream, sequence, timeMs, sizeBytes) {
  const message = new Uint8Array(sizeBytes);
  const view = new DataView(message.buffer);
  view.setUint8(0, stream);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, timeMs >>> 0);
  return message;
}

// --- in ----------------------------------------------------------------------------------------------------------------

/**
 * The PCM of a speaker message (s16le, mono), a view into it; null for a stream this page does not know.
 *
 * @param {ArrayBuffer} data
 * @throws {ProtocolError} over its limit, half a sample, or no header
 */
export function readSpeaker(data) {
  if (data.byteLength < HEADER_BYTES) throw new ProtocolError("a binary message of a wrong size");
  if (new DataView(data).getUint8(0) !== SPEAKER) throw new ProtocolError("a stream that does not go to a wearable");
  if (data.byteLength > HEADER_BYTES + SPEAKER_LIMIT_BYTES || data.byteLength % 2) {
    throw new ProtocolError("a binary message of a wrong size");
  }
  return new Uint8Array(data, HEADER_BYTES);
}

/**
 * A text message: `{message, ...fields}` with defaults filled in; `{message: "unknown"}` for a type this version does not know.
 *
 * @param {string} text
 * @param {boolean} proven before proof only `challenge`, `welcome` and `bye` exist
 * @throws {ProtocolError} too long, no JSON object with a type, or a field of a wrong kind or range
 */
export function readText(text, proven = true) {
  const limit = proven ? TEXT_LIMIT_BYTES : UNPROVEN_LIMIT_BYTES;
  if (text.length > limit || new TextEncoder().encode(text).length > limit) throw new ProtocolError("a message over its limit");
  const value = parsed(text);
  if (!isObject(value) || typeof value.type !== "string") throw new ProtocolError("not a JSON object with a type");
  const reader = proven ? READERS[value.type] : OPENING[value.type];
  if (reader) return { message: value.type, ...reader(value, text) };
  if (proven && !(value.type in OPENING)) return { message: "unknown" };
  throw new ProtocolError("not a message of this moment");
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function field(object, name, right, fallback) {
  if (!(name in object) && fallback !== undefined) return fallback;
  if (!right(object[name])) throw new ProtocolError(`${name} is missing or wrong`);
  return object[name];
}

const isWhole = (low, high) => (value) => Number.isInteger(value) && value >= low && value <= high;
const isFlag = (value) => value === true || value === false;
const isText = (longest) => (value) => typeof value === "string" && [...value].length <= longest;
const isHex = (digits) => (value) => typeof value === "string" && new RegExp(`^[0-9a-f]{${digits}}$`).test(value);
const isTag = (value) => typeof value === "string" && /^[A-Za-z0-9-]{1,35}$/.test(value);
const isUrl = (value) => typeof value === "string" && /^https?:\/\/\S*$/.test(value) && new TextEncoder().encode(value).length <= 200;
const isUrls = (value) => Array.isArray(value) && value.length >= 1 && value.length <= 4 && value.every(isUrl);

function size(value, named, rate) {
  if (value === null || value === undefined) return null;
  if (!isObject(value)) throw new ProtocolError(`${named} is no object`);
  const wanted = {
    width: field(value, "width", isWhole(1, 16384)),
    height: field(value, "height", isWhole(1, 16384)),
    quality: field(value, "quality", isWhole(1, 100)),
  };
  const isRate = (number) => typeof number === "number" && number >= 0.01 && number <= 60;
  return rate ? { ...wanted, rate_hz: field(value, "rate_hz", isRate) } : wanted;
}

/** Settings that a message names; what it does not name is not in the result. Of `capture` the same holds. */
function settings(value) {
  const named = {};
  const rights = { cues: isFlag, led: isFlag, volume: isWhole(0, 100), privacy: isFlag, urls: isUrls, language: isTag };
  for (const [name, right] of Object.entries(rights)) if (name in value) named[name] = field(value, name, right);
  if ("capture" in value) {
    const capture = field(value, "capture", isObject);
    named.capture = {};
    if ("audio" in capture) named.capture.audio = field(capture, "audio", isFlag);
    if ("video" in capture) named.capture.video = size(capture.video, "video", true);
  }
  return named;
}

const bye = (value) => ({ reason: field(value, "reason", isText(200)) });

const OPENING = {
  challenge: (value) => {
    const protocol = field(value, "protocol", isWhole(0, 1000000));
    return { protocol, oldest: field(value, "oldest", isWhole(0, protocol), protocol), nonce: field(value, "nonce", isHex(32)) };
  },
  welcome: (value) => ({
    protocol: field(value, "protocol", isWhole(0, 1000000)),
    proof: field(value, "proof", isHex(64)),
    home: field(value, "home", isText(80), ""),
    settings: settings(field(value, "settings", isObject, {})),
  }),
  bye,
};

const READERS = {
  capture: (value) => ({
    press: field(value, "press", isWhole(0, U32)),
    audio: field(value, "audio", isFlag),
    video: size(value.video, "video", true),
    still: size(value.still, "still", false),
  }),
  cue: (value) => ({ name: field(value, "name", isText(40)) }),
  speak: (value) => ({
    turn: field(value, "turn", isWhole(0, U32)),
    rate_hz: field(value, "rate_hz", isWhole(1, U32)),
    press: field(value, "press", isWhole(0, U32), null),
  }),
  spoken: (value) => ({ turn: field(value, "turn", isWhole(0, U32)) }),
  flush: () => ({}),
  settings: (value) => ({ settings: settings(field(value, "settings", isObject)) }),
  pong: (value) => ({ number: field(value, "number", isWhole(0, U32)) }),
  bye,
};
