/**
 * The module that Home Assistant's frontend loads: makes `custom:shelfsight-card` known, and nothing else.
 *
 * All of the card is plain modules, as browsers run them; what they import of each other lies beside them.
 */

import { ShelfsightCard } from "./card.js";
import { loadTexts } from "./texts.js";

const TYPE = "shelfsight-card";

if (!customElements.get(TYPE)) {
  customElements.define(TYPE, ShelfsightCard);

  // What the picker of cards shows. It reads the list when somebody opens it, so the words may come a moment later.
  const shown = { type: TYPE, name: "Shelfsight", description: "", preview: true };
  window.customCards = [...(window.customCards ?? []), shown];
  loadTexts(document.documentElement.lang || navigator.language).then((texts) => {
    shown.description = texts.card_description;
  });
}
