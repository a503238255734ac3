/**
 * Making and changing elements. Text only ever becomes text: answers are whatever a model said about whatever it saw, so nothing here
 * or elsewhere in the card writes markup.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element.
 *
 * @param {string} tag
 * @param {Record<string, string | boolean | number | null>} attributes null and false are left out, true is an empty one
 * @param {...(Node | string)} children strings become text
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  return prepared(document.createElement(tag), attributes, children);
}

/** The same for drawings. */
export function draw(tag, attributes = {}, ...children) {
  return prepared(document.createElementNS(SVG, tag), attributes, children);
}

function prepared(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children);
  return element;
}

/** Set, or with null and false remove, an attribute, if that changes anything. */
export function setAttribute(element, name, value) {
  if (value === null || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const written = value === true ? "" : String(value);
  if (element.getAttribute(name) !== written) element.setAttribute(name, written);
}

/** Set an element's text, if it is another: a live region speaks whenever its text is set. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** An icon of Home Assistant's, which says nothing to a screen reader: the words beside it do. */
export function icon(name) {
  return make("ha-icon", { icon: name, "aria-hidden": "true" });
}
