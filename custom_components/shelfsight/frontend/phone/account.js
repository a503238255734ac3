/** What the page asks of Home Assistant itself, on the connection of the user who is signed in. */

import { linkKey } from "./proof.js";

const INVALID_AUTH = 2; // of Home Assistant's own connection (home-assistant-js-websocket)

/** This user's phones: [{wearable_id, name, connected, disabled}], and whether they may add one. */
export const phones = (hass) => hass.callWS({ type: "shelfsight/phones" });

/** One more phone; it is answered by whoever answers another wearable. */
export const addPhone = (hass, name) => hass.callWS({ type: "shelfsight/phone/add", name });

export const removePhone = (hass, id) => hass.callWS({ type: "shelfsight/phone/remove", wearable_id: id });

/**
 * Id and key of a phone. The key never leaves this page's memory, and cannot be read out of it.
 *
 * @returns {Promise<{id: string, key: CryptoKey, name: string}>}
 */
export async function openPhone(hass, id) {
  const opened = await hass.callWS({ type: "shelfsight/phone/open", wearable_id: id });
  return { id, key: await linkKey(opened.link_key), name: opened.name };
}

/** Whether an error says that there is no such phone, or none of this user's. */
export const isGone = (error) => error?.code === "not_found" || error?.code === "not_allowed";

/** Whether Home Assistant still knows who is signed in; true where it cannot be asked now. */
export async function signedIn(hass) {
  try {
    await hass.auth.refreshAccessToken();
    return true;
  } catch (error) {
    return error !== INVALID_AUTH;
  }
}
