/**
 * The times to first audio of the last answers: from Home Assistant's history once, and from changes of the sensor's state after that.
 *
 * An answer that took exactly as long as the one before leaves no trace in that state, so it is not counted.
 */

export const KEPT = 20;
const LOOKING_BACK_MS = 7 * 24 * 3600 * 1000;
/** The person may have chosen another unit for the sensor. */
const SECONDS = { ms: 0.001, s: 1, min: 60 };

/**
 * @typedef {{seconds: number, at: number}} Time  how long, and when in milliseconds since 1970
 */

/**
 * A state as a time; null where it is none.
 *
 * @returns {Time | null}
 */
export function timeOf(written, unit, at) {
  const number = Number(written);
  if (written === "" || !Number.isFinite(number) || number < 0) return null;
  return { seconds: number * (SECONDS[unit] ?? SECONDS.ms), at };
}

/** The newest of both, oldest first, each moment once. */
export function joined(some, more) {
  const byMoment = new Map([...some, ...more].map((time) => [time.at, time]));
  return [...byMoment.values()].sort((one, other) => one.at - other.at).slice(-KEPT);
}

/**
 * What the last answers took, as figures.
 *
 * @param {Time[]} times at least one
 */
export function figuresOf(times) {
  const sorted = times.map((time) => time.seconds).sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { last: times[times.length - 1].seconds, median, longest: sorted[sorted.length - 1] };
}

/** The time that a sensor's present state tells of, if any. */
export function timeOfState(state) {
  return state && timeOf(state.state, state.attributes.unit_of_measurement, Date.parse(state.last_changed));
}

/**
 * What Home Assistant still knows; nothing where it keeps no history.
 *
 * @returns {Promise<Time[]>}
 */
export async function pastTimes(hass, entityId, now) {
  const unit = hass.states[entityId]?.attributes.unit_of_measurement;
  try {
    const history = await hass.callWS({
      type: "history/history_during_period",
      start_time: new Date(now - LOOKING_BACK_MS).toISOString(),
      entity_ids: [entityId],
      include_start_time_state: false,
      significant_changes_only: false,
      minimal_response: true,
      no_attributes: true,
    });
    const states = history[entityId] ?? [];
    return joined([], states.map((one) => timeOf(one.s, unit, Math.round((one.lc ?? one.lu) * 1000))).filter(Boolean));
  } catch (error) {
    if (error instanceof Error) throw error; // a mistake of ours
    return []; // refused, or the connection was lost: then the times are those that this page has seen
  }
}
