/**
 * What the card shows, as values: from Home Assistant's state and the card's configuration, without a document.
 *
 * Entities are known by their translation keys, which a user cannot change, unlike their ids.
 */

const DOMAIN = "shelfsight";
/** Keys of entities that are shown, by the role they have here. An entry without a wearable has the first four. */
const ROLES = {
  "image.answer": "picture",
  "sensor.last_question": "question",
  "sensor.last_answer": "answer",
  "sensor.first_audio": "firstAudio",
  "sensor.state": "state",
  "select.mode": "mode",
  "button.ask": "ask",
  "button.describe": "describe",
  "button.stop": "stop",
};
/** Only a wearable has these; a person may have disabled some of them. */
const OF_A_WEARABLE = ["state", "mode", "ask", "describe", "stop"];
/** Modes in which a question can be put in writing; the others go on by themselves. */
const WRITTEN_MODES = ["find", "read", "describe"];
const BUTTONS = ["ask", "describe", "stop"];
const UNAVAILABLE = "unavailable";
const NOTHING = [UNAVAILABLE, "unknown"];
const PICTURES = "/api/image_proxy/";

/** The ids of all devices of Shelfsight that have an entity, in the order of their entities. */
export function devicesOf(entities) {
  const ids = Object.values(entities)
    .filter((entity) => entity.platform === DOMAIN && entity.device_id)
    .map((entity) => entity.device_id);
  return [...new Set(ids)];
}

/**
 * Which device is meant, and its entities by role.
 *
 * @param {object} hass Home Assistant's state, as cards get it
 * @param {{device_id?: string, entity?: string}} config neither: the only device there is
 * @returns {{deviceId: string | null, ids: Record<string, string>, problem: "choose" | "gone" | null}}
 */
export function findDevice(hass, config) {
  const none = (problem) => ({ deviceId: null, ids: {}, problem });
  let deviceId = config.device_id ?? null;
  if (!deviceId && config.entity) {
    const entity = hass.entities[config.entity];
    if (!entity || entity.platform !== DOMAIN || !entity.device_id) return none("gone");
    deviceId = entity.device_id;
  }
  if (!deviceId) {
    const devices = devicesOf(hass.entities);
    if (devices.length !== 1) return none("choose");
    [deviceId] = devices;
  }
  const ids = {};
  for (const entity of Object.values(hass.entities)) {
    if (entity.device_id !== deviceId || entity.platform !== DOMAIN) continue;
    const role = ROLES[`${entity.entity_id.split(".")[0]}.${entity.translation_key}`];
    if (role) ids[role] = entity.entity_id;
  }
  return Object.keys(ids).length ? { deviceId, ids, problem: null } : none("gone");
}

/**
 * All that the card shows.
 *
 * @param {object} hass
 * @param {object} config as in `findDevice`, and title, camera, speak
 * @param {ReturnType<typeof findDevice>} device
 * @param {Record<string, string>} texts the card's own words
 */
export function viewOf(hass, config, device, texts) {
  const of = (role) => hass.states[device.ids[role]];
  const wearable = OF_A_WEARABLE.some((role) => role in device.ids);
  const ready = (of("answer") ?? of("question") ?? of("picture"))?.state !== UNAVAILABLE;
  const connected = wearable && OF_A_WEARABLE.some((role) => role !== "mode" && isThere(of(role)));
  const named = hass.devices[device.deviceId];
  return {
    problem: device.problem,
    title: config.title ?? named?.name_by_user ?? named?.name ?? "Shelfsight",
    wearable,
    ready,
    connected,
    state: stateOf(hass, of("state"), { wearable, ready, connected }, texts),
    // Both from one state: a new question never stands above an old answer, not even for a moment.
    asked: isThere(of("answer")) ? wholeOf(of("answer"), "asked") : textOf(of("question"), "full_question"),
    said: textOf(of("answer"), "full_answer"),
    picture: pictureOf(hass, of("picture"), of("answer"), texts),
    buttons: BUTTONS.filter((role) => role in device.ids).map((role) => ({
      role,
      entityId: device.ids[role],
      usable: isThere(of(role)),
    })),
    writing: writingOf(config, device, of("mode"), { wearable, ready, connected }),
  };
}

const isThere = (state) => state !== undefined && state.state !== UNAVAILABLE;

function stateOf(hass, state, { wearable, ready, connected }, texts) {
  if (!ready) return { key: "not_ready", text: texts.state_not_ready };
  if (!wearable) return { key: "camera", text: texts.camera_only };
  if (!connected) return { key: "away", text: texts.state_away };
  return isThere(state) ? { key: state.state, text: hass.formatEntityState(state) } : { key: "idle", text: "" };
}

/** A state is cut at 255 characters; the attribute has all of it. Null where there is nothing yet. */
function textOf(state, attribute) {
  if (!isThere(state)) return null;
  return wholeOf(state, attribute) ?? (NOTHING.includes(state.state) ? null : state.state || null);
}

/** An attribute that is words; null where there are none: what was asked is not always understood. */
function wholeOf(state, attribute) {
  const whole = state.attributes[attribute];
  return typeof whole === "string" && whole ? whole : null;
}

/**
 * `key` changes with the picture alone: its address changes every few minutes, with the token in it.
 */
function pictureOf(hass, image, answer, texts) {
  const address = image?.attributes.entity_picture;
  if (!image || NOTHING.includes(image.state) || typeof address !== "string" || !address.startsWith(PICTURES)) return null;
  const marked = Array.isArray(answer?.attributes.box);
  return {
    key: `${image.entity_id} ${image.state}`,
    url: hass.hassUrl(`${address}&state=${encodeURIComponent(image.state)}`),
    alternative: marked ? texts.picture_marked : texts.picture,
  };
}

/** How a question in writing is asked, or why it cannot be. */
function writingOf(config, device, mode, { wearable, ready, connected }) {
  const data = {};
  if (device.deviceId) data.device_id = device.deviceId;
  if (config.camera) data.camera = config.camera;
  if (WRITTEN_MODES.includes(mode?.state)) data.mode = mode.state;
  data.speak = wearable && connected && config.speak !== false;
  let hindrance = null;
  if (!ready) hindrance = "not_ready";
  else if (!config.camera && !wearable) hindrance = "no_camera";
  else if (!config.camera && !connected) hindrance = "away";
  return { data, hindrance };
}

/** Whether a new state of Home Assistant's can change anything that is shown. */
export function isOther(before, now, ids) {
  if (!before) return true;
  const same = ["entities", "devices", "locale", "language", "formatEntityState"].every((part) => before[part] === now[part]);
  return !same || Object.values(ids).some((id) => before.states[id] !== now.states[id]);
}
