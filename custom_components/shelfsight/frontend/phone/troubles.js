/** Why something cannot work, as the name of the sentence that says so and what to do. Pure. */

/** What the browser lacks for a phone to be a wearable; null where it has everything. */
export function lacking(browser) {
  if (!browser.isSecureContext) return "no_https";
  if (!browser.navigator?.mediaDevices?.getUserMedia || !browser.AudioWorkletNode || !browser.crypto?.subtle) return "old_browser";
  return null;
}

const REFUSED = ["NotAllowedError", "SecurityError", "PermissionDeniedError"];
const BUSY = ["NotReadableError", "AbortError", "TrackStartError"];

/**
 * Why camera or microphone did not start.
 *
 * @param {"camera" | "microphone"} what
 * @param {{name?: string}} error of getUserMedia (https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia)
 */
export function troubleOf(what, error) {
  if (REFUSED.includes(error?.name)) return `${what}_denied`;
  if (BUSY.includes(error?.name)) return `${what}_busy`;
  return `no_${what}`;
}

/** The code of `refused`: what its person does not allow is not broken. */
export function codeOf(trouble) {
  if (trouble.endsWith("_denied")) return "privacy";
  return trouble.startsWith("no_") ? "missing" : "failed";
}
