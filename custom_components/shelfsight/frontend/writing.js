/** How figures and moments are written where the person lives. */

const HOURS_OF_DAY = { 12: true, 24: false };

/**
 * Functions that write seconds and moments as Home Assistant's settings of this person say.
 *
 * @param {object} hass
 */
export function written(hass) {
  const { language, time_format: hours, time_zone: zone } = hass.locale;
  const seconds = new Intl.NumberFormat(language, {
    style: "unit",
    unit: "second",
    unitDisplay: "narrow", // the others end with a full stop in some languages, as sentences do
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  const moment = new Intl.DateTimeFormat(language, {
    dateStyle: "short",
    timeStyle: "short",
    hour12: HOURS_OF_DAY[hours],
    timeZone: zone === "server" ? hass.config.time_zone : undefined,
  });
  return { seconds: (value) => seconds.format(value), moment: (at) => moment.format(at) };
}
