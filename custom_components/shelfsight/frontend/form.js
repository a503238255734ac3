/** The form in which the card is set up: Home Assistant's own, told what there is to choose. */

import { loadTexts } from "./texts.js";

const OURS = { integration: "shelfsight" };
const SCHEMA = [
  { name: "device_id", selector: { device: { filter: OURS, entity: [OURS] } } },
  { name: "camera", selector: { entity: { filter: { domain: "camera" } } } },
  { name: "title", selector: { text: {} } },
  { name: "speak", default: true, selector: { boolean: {} } },
  { name: "latency", default: true, selector: { boolean: {} } },
];

/**
 * What Home Assistant's editor of cards asks of a card.
 *
 * @param {string} language BCP 47
 */
export async function formOf(language) {
  const texts = await loadTexts(language);
  return {
    schema: SCHEMA,
    computeLabel: (field) => texts[`form_${field.name}`],
    computeHelper: (field) => texts[`form_${field.name}_help`],
  };
}
