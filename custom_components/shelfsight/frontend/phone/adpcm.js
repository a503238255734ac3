/** IMA ADPCM in WAV files, which the phrases are kept as: bytes in, samples out. Pure. */

const STEPS = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
  118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
  1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
  6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
];
const MOVES = [-1, -1, -1, -1, 2, 4, 6, 8];
const BLOCK_HEAD_BYTES = 4;
const IMA_ADPCM = 0x11;

const clamped = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * What a WAV file says.
 *
 * @param {ArrayBuffer} wav
 * @returns {{rateHz: number, samples: Float32Array}} -1 to 1
 * @throws {RangeError} it is no such file
 */
export function readWav(wav) {
  const view = new DataView(wav);
  const chunks = new Map();
  for (let at = 12; at + 8 <= wav.byteLength; ) {
    const sizeBytes = Math.min(view.getUint32(at + 4, true), wav.byteLength - at - 8);
    chunks.set(String.fromCharCode(...new Uint8Array(wav, at, 4)), new DataView(wav, at + 8, sizeBytes));
    at += 8 + sizeBytes + (sizeBytes % 2);
  }
  const [form, fact, data] = ["fmt ", "fact", "data"].map((name) => chunks.get(name));
  if (!form || !data || form.byteLength < 16 || form.getUint16(0, true) !== IMA_ADPCM || form.getUint16(2, true) !== 1) {
    throw new RangeError("no IMA ADPCM of one channel");
  }
  const samples = decoded(data, form.getUint16(12, true));
  const count = fact && fact.byteLength >= 4 ? fact.getUint32(0, true) : samples.length;
  return { rateHz: form.getUint32(4, true), samples: samples.subarray(0, Math.min(count, samples.length)) };
}

function decoded(data, blockBytes) {
  if (blockBytes <= BLOCK_HEAD_BYTES) throw new RangeError("blocks without sound");
  const perBlock = 2 * (blockBytes - BLOCK_HEAD_BYTES) + 1;
  const samples = new Float32Array(Math.floor(data.byteLength / blockBytes) * perBlock);
  let out = 0;
  for (let block = 0; block + blockBytes <= data.byteLength; block += blockBytes) {
    let value = data.getInt16(block, true);
    let index = clamped(data.getUint8(block + 2), 0, STEPS.length - 1);
    samples[out++] = value / 32768;
    for (let at = block + BLOCK_HEAD_BYTES; at < block + blockBytes; at++) {
      const byte = data.getUint8(at);
      for (const nibble of [byte & 15, byte >> 4]) {
        const step = STEPS[index];
        const size = (step >> 3) + (nibble & 1 ? step >> 2 : 0) + (nibble & 2 ? step >> 1 : 0) + (nibble & 4 ? step : 0);
        value = clamped(nibble & 8 ? value - size : value + size, -32768, 32767);
        index = clamped(index + MOVES[nibble & 7], 0, STEPS.length - 1);
        samples[out++] = value / 32768;
      }
    }
  }
  return samples;
}
