/**
 * The module that Home Assistant's frontend loads for the panel.
 *
 * The element is named after the digest in this module's address: an element's name belongs to its code for as long as a page lives, so
 * only another name lets the frontend change to new code without a reload.
 */

import { PhonePage } from "./page.js";

const digest = new URL(import.meta.url).pathname.split("/").at(-3);
const name = `shelfsight-phone-${digest}`;

PhonePage.firmware = digest;
if (!customElements.get(name)) customElements.define(name, PhonePage);
