/** Proofs of both sides (PROTOCOL.md, section 3), by the browser's own cryptography. */

const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
export const toHex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * A link key that can prove and check, and cannot be read back.
 *
 * @param {string} hex 64 digits
 * @returns {Promise<CryptoKey>}
 */
export function linkKey(hex) {
  return crypto.subtle.importKey("raw", fromHex(hex), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

const spoken = (side, version, id, homeNonce, wearableNonce) =>
  new Uint8Array([...new TextEncoder().encode(`shelfsight ${side} ${version}${id}`), ...fromHex(homeNonce), ...fromHex(wearableNonce)]);

/** The proof in `hello`, as 64 hex digits; nonces are hex. */
export async function wearableProof(key, version, id, homeNonce, wearableNonce) {
  return toHex(await crypto.subtle.sign("HMAC", key, spoken("wearable", version, id, homeNonce, wearableNonce)));
}

/** Whether the proof in `welcome` holds; compared in constant time by the browser. */
export function homeProves(key, proof, version, id, homeNonce, wearableNonce) {
  return crypto.subtle.verify("HMAC", key, fromHex(proof), spoken("home", version, id, homeNonce, wearableNonce));
}
