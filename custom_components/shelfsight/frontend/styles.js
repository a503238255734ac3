/** How the card looks: by Home Assistant's variables alone, so that it follows every theme. */

const CSS = `
:host { display: block; }
[hidden] { display: none !important; }
ha-card { overflow: hidden; overflow-wrap: anywhere; color: var(--primary-text-color); }
h1, h2, p, form { margin: 0; }
.head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 4px 12px; padding: 12px 16px; }
h1 { font-size: var(--ha-card-header-font-size, 1.5rem); font-weight: 400; line-height: 1.3; }
h2 { font-size: 0.8rem; font-weight: 500; line-height: 1.4; color: var(--secondary-text-color); }
p { line-height: 1.45; }
.problem { padding: 0 16px 16px; }
.body { display: flex; flex-direction: column; gap: 14px; padding: 0 16px 16px; }

.state { display: inline-flex; align-items: center; gap: 8px; font-size: 0.875rem; }
.state::before { content: ""; flex: none; width: 10px; height: 10px; border-radius: 50%; border: 2px solid currentColor; box-sizing: border-box; }
.state[data-state="listening"]::before, .state[data-state="thinking"]::before,
.state[data-state="answering"]::before, .state[data-state="watching"]::before {
  background: var(--primary-color); border-color: var(--primary-color);
}
.state[data-state="away"], .state[data-state="not_ready"] { color: var(--secondary-text-color); }
@media (prefers-reduced-motion: no-preference) {
  .state[data-state="listening"]::before, .state[data-state="thinking"]::before { animation: breathe 1.2s ease-in-out infinite alternate; }
}
@keyframes breathe { to { opacity: 0.35; } }

.picture { margin: 0 -16px; }
.picture img { display: block; width: 100%; max-height: 70vh; object-fit: contain; background: #000; }
.picture .trouble { padding: 0 16px; }
.talk h2:not(:first-child) { margin-top: 8px; }
.said { font-size: 1.15rem; white-space: pre-line; }

form { display: flex; flex-direction: column; gap: 4px; }
label { font-size: 0.8rem; font-weight: 500; color: var(--secondary-text-color); }
.row { display: flex; flex-wrap: wrap; gap: 8px; }
input {
  flex: 1 1 12rem; min-width: 0; box-sizing: border-box; min-height: 44px; padding: 8px 12px; font: inherit;
  color: var(--primary-text-color); background: var(--input-fill-color, var(--secondary-background-color));
  border: 1px solid var(--secondary-text-color); border-radius: 10px;
}
input[aria-invalid] { border-color: var(--error-color); border-width: 2px; }
button {
  display: inline-flex; align-items: center; justify-content: center; gap: 8px; flex: 1 1 auto; min-height: 44px;
  padding: 8px 14px; font: inherit; font-weight: 500; cursor: pointer; color: var(--primary-text-color);
  background: color-mix(in srgb, var(--primary-text-color) 6%, transparent); border: 1px solid transparent; border-radius: 10px;
}
button.strong { flex: 0 1 auto; background: color-mix(in srgb, var(--primary-color) 22%, transparent); }
button:hover { background: color-mix(in srgb, var(--primary-color) 30%, transparent); }
button[aria-disabled] { cursor: not-allowed; color: var(--secondary-text-color); background: none; border: 1px dashed var(--secondary-text-color); }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; }
ha-icon { --mdc-icon-size: 20px; flex: none; }
:is(button, input, summary):focus-visible { outline: 3px solid var(--primary-color); outline-offset: 2px; }

.notice:not(:has(p:not(:empty))) { margin-top: -14px; }
.doing { color: var(--secondary-text-color); }
.trouble:not(:empty)::before { content: "!"; display: inline-block; width: 1.4em; margin-inline-end: 8px; border-radius: 50%; text-align: center; font-weight: 700; color: var(--card-background-color); background: var(--primary-text-color); }

.plot { display: flex; align-items: stretch; gap: 8px; height: 48px; margin: 6px 0; }
.plot svg { flex: 1; min-width: 0; height: 100%; border-bottom: 1px solid var(--divider-color); }
.scale { flex: none; font-size: 0.75rem; line-height: 1; color: var(--secondary-text-color); }
.figures { font-size: 0.9rem; }
rect { fill: color-mix(in srgb, var(--primary-color) 55%, var(--card-background-color)); }
rect.newest { fill: var(--primary-color); }
summary { cursor: pointer; width: fit-content; min-height: 24px; font-size: 0.9rem; border-radius: 4px; }
table { width: 100%; margin-top: 6px; border-collapse: collapse; font-size: 0.9rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: 4px 0; text-align: start; font-weight: 400; border-bottom: 1px solid var(--divider-color); }
thead th { font-weight: 500; color: var(--secondary-text-color); }
td, th:last-child { text-align: end; font-variant-numeric: tabular-nums; }
@media (forced-colors: active) { rect { fill: CanvasText; } rect.newest { fill: Highlight; } button, .state::before { border-color: currentColor; } }
`;

let sheet = null;

/** One style sheet for all cards of a page. */
export function styleSheet() {
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
