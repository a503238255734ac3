/** The card's own words. What Home Assistant can translate itself (states, errors of actions) is not among them. */

export const LANGUAGES = ["en", "de", "es", "fr", "it", "nl"];

const loading = new Map();

/**
 * The language of the card's words for a language of Home Assistant: "de-CH" is read as "de", what there is not as "en".
 *
 * @param {string} language BCP 47
 * @returns {string} one of LANGUAGES
 */
export function nearestLanguage(language) {
  const primary = language.toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.includes(primary) ? primary : LANGUAGES[0];
}

/**
 * The words, read once a language.
 *
 * @param {string} language BCP 47
 * @returns {Promise<Record<string, string>>} texts by key; every language has every key
 * @throws {Error} they cannot be had now; the next call tries again
 */
export function loadTexts(language) {
  const nearest = nearestLanguage(language);
  if (!loading.has(nearest)) {
    const reading = read(new URL(`./texts/${nearest}.json`, import.meta.url));
    loading.set(nearest, reading);
    reading.catch(() => loading.delete(nearest));
  }
  return loading.get(nearest);
}

async function read(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname}: ${response.status}`);
  return Object.freeze(await response.json());
}

/**
 * A text with its gaps filled.
 *
 * @param {string} text with {name} where something is to stand
 * @param {Record<string, string | number>} values by name
 * @returns {string}
 */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (gap, name) => (name in values ? String(values[name]) : gap));
}
