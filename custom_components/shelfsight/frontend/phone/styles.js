/** How the page looks: by Home Assistant's variables, large, and with shapes where others have colours. */

const CSS = `
:host { display: block; height: 100%; color: var(--primary-text-color); background: var(--primary-background-color); font-size: 1rem; }
[hidden] { display: none !important; }
h1, h2, p, form, ol { margin: 0; }
h2 { font-size: 1.1rem; font-weight: 500; margin-top: 8px; }
.broken { padding: 24px; font-size: 1.4rem; }
.page {
  display: flex; flex-direction: column; box-sizing: border-box; height: 100%; overflow-wrap: anywhere;
  padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left);
}
.scroll { flex: 1 1 auto; min-height: 0; overflow: auto; display: flex; flex-direction: column; }
.stage { flex: 1 0 auto; min-height: 60%; display: grid; grid-template: auto minmax(9rem, 1fr) / minmax(0, 1fr); margin: 8px 8px 0; }

/* The button is all of it; the words lie on its upper part, and its own words below them, however many they are. */
.big {
  grid-area: 1 / 1 / 3; display: grid; grid-template-rows: subgrid; padding: 0;
  font: inherit; color: inherit; text-align: center; cursor: pointer; touch-action: none; user-select: none; -webkit-user-select: none;
  -webkit-touch-callout: none; -webkit-tap-highlight-color: transparent;
  background: var(--card-background-color); border: 4px solid var(--primary-text-color); border-radius: 28px;
}
.big:active { outline: 4px solid var(--primary-text-color); outline-offset: -14px; }
.face { grid-row: 2; display: flex; flex-direction: column; align-items: center; justify-content: space-evenly; gap: 8px; padding: 8px 16px 16px; }
.verb { font-size: clamp(2.2rem, 12vmin, 5rem); font-weight: 600; line-height: 1.1; }
.hint { font-size: 1.15rem; line-height: 1.35; }
.mark { width: 14vmin; height: 14vmin; box-sizing: border-box; border-radius: 50%; border: 1.4vmin solid currentColor; }
[data-state="listening"] .mark { background: currentColor; }
[data-state="thinking"] .mark, [data-state="asking"] .mark, [data-state="starting"] .mark { border-style: dashed; }
[data-state="answering"] .mark { border-style: double; border-width: 4.5vmin; }
[data-state="away"] .mark, [data-state="unable"] .mark, [data-state="stopped"] .mark { height: 2vmin; border-radius: 0; background: currentColor; }
[data-state="listening"] .big, [data-state="answering"] .big { border-width: 8px; }
[data-state="thinking"] .big { border-style: dashed; }
[data-state="away"] .big, [data-state="unable"] .big, [data-state="stopped"] .big { border-style: dotted; }
@media (prefers-reduced-motion: no-preference) {
  [data-state="listening"] .mark { animation: breathe 1s ease-in-out infinite alternate; }
  [data-state="thinking"] .mark { animation: turn 3s linear infinite; }
}
@keyframes breathe { to { transform: scale(0.75); } }
@keyframes turn { to { transform: rotate(1turn); } }

.words { grid-area: 1 / 1; pointer-events: none; display: flex; flex-direction: column; align-items: center; gap: 8px; padding: 20px 24px; text-align: center; }
.state { font-size: 1.5rem; font-weight: 500; }
.sentence { font-size: 1.25rem; line-height: 1.4; }
.sentence[data-trouble]:not(:empty) { padding: 8px 14px; border: 3px solid var(--primary-text-color); border-radius: 12px; background: var(--card-background-color); }
.sentence[data-trouble]:not(:empty)::before { content: "! "; font-weight: 800; }
.said { font-size: 1.25rem; line-height: 1.4; }
.lights { font-size: 1rem; }
.lights[data-on] { font-weight: 700; text-decoration: underline; text-underline-offset: 4px; }

.setup { grid-area: 2 / 1; align-self: end; display: flex; flex-direction: column; gap: 12px; padding: 16px; }
.choices { display: flex; flex-direction: column; gap: 12px; }
form { display: flex; flex-direction: column; gap: 8px; }
.row { display: flex; flex-wrap: wrap; gap: 8px; }
.row > input { flex: 1 1 12rem; }
label { font-size: 1rem; font-weight: 500; }
input {
  min-width: 0; min-height: 52px; box-sizing: border-box; padding: 8px 12px; font: inherit; font-size: 1.15rem;
  color: var(--primary-text-color); background: var(--card-background-color); border: 2px solid var(--primary-text-color); border-radius: 12px;
}
input[aria-invalid] { border-width: 4px; }
button:not(.big) {
  display: inline-flex; align-items: center; justify-content: center; gap: 8px; min-height: 52px; padding: 8px 18px; font: inherit; font-size: 1.1rem;
  font-weight: 500; cursor: pointer; color: var(--primary-text-color); background: var(--card-background-color);
  border: 2px solid var(--primary-text-color); border-radius: 12px;
}
button.strong { border-width: 4px; }
button[aria-disabled] { border-style: dashed; cursor: not-allowed; }
:is(button, input):focus-visible { outline: 4px solid var(--primary-text-color); outline-offset: 3px; }
.big:focus-visible { outline-offset: -14px; }

.bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px; padding: 8px; }
.bar h1 { font-size: 1rem; font-weight: 500; }
.more { display: flex; flex-direction: column; gap: 14px; padding: 16px; }
.more > button, .this-phone button { align-self: flex-start; }
.this-phone { display: flex; flex-direction: column; gap: 8px; }
.picture img { display: block; width: 100%; max-height: 70vh; object-fit: contain; background: #000; }
.turns { display: flex; flex-direction: column; gap: 14px; padding: 0; list-style: none; }
.asked { font-weight: 500; }
.answer { font-size: 1.15rem; line-height: 1.4; white-space: pre-line; }
.notice:not(:has(p:not(:empty))) { display: contents; }
.trouble:not(:empty)::before { content: "! "; font-weight: 800; }
.trouble, .doing { line-height: 1.4; }

@media (orientation: landscape) and (max-height: 520px) {
  .page { flex-direction: row; }
  .stage { grid-template-rows: auto minmax(7rem, 1fr); margin-bottom: 8px; }
  .bar { flex-direction: column; flex-wrap: nowrap; }
  .bar h1 { writing-mode: vertical-rl; }
  .verb { font-size: 2rem; }
  .mark { width: 10vmin; height: 10vmin; }
}
@media (prefers-contrast: more) { .big, input, button:not(.big) { border-color: CanvasText; color: CanvasText; background: Canvas; } }
`;

let sheet = null;

/** One style sheet for all pages that come and go. */
export function styleSheet() {
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
