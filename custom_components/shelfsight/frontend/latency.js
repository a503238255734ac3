/** The plot of the times to first audio: bars for the eye, a sentence for the ear, a table for both. */

import { draw, make, setText } from "./dom.js";
import { filled } from "./texts.js";
import { figuresOf } from "./times.js";

const WIDTH = 200;
const HEIGHT = 40;
const GAP = 2;
const LEAST_BARS = 12;
const LEAST_HEIGHT = 2;

export class Latency {
  constructor() {
    this._heading = make("h2");
    this._figures = make("p", { class: "figures" });
    this._bars = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
    this._scale = make("span", { class: "scale", "aria-hidden": "true" });
    this._summary = make("summary");
    this._caption = make("caption");
    this._head = make("thead");
    this._rows = make("tbody");
    const table = make("table", {}, this._caption, this._head, this._rows);
    this._details = make("details", {}, this._summary, table);
    this._plot = make("div", { class: "plot" }, this._scale, this._bars);
    this.element = make("section", { class: "latency" }, this._heading, this._figures, this._plot, this._details);
  }

  /**
   * Show these.
   *
   * @param {import("./times.js").Time[]} times oldest first
   * @param {{seconds: (value: number) => string, moment: (at: number) => string}} written how figures are written here
   * @param {Record<string, string>} texts
   */
  show(times, written, texts) {
    this.element.hidden = times.length === 0;
    if (!times.length) return;
    const figures = figuresOf(times);
    const sentence = filled(times.length === 1 ? texts.latency_first : texts.latency_figures, {
      last: written.seconds(figures.last),
      median: written.seconds(figures.median),
      count: times.length,
    });
    setText(this._heading, texts.latency);
    setText(this._figures, sentence);
    setText(this._scale, written.seconds(figures.longest));
    this._bars.setAttribute("aria-label", filled(texts.latency_plot, { longest: written.seconds(figures.longest), count: times.length }));
    this._bars.replaceChildren(...barsOf(times, figures.longest));
    setText(this._summary, texts.latency_table);
    setText(this._caption, texts.latency);
    const columns = [texts.latency_when, texts.latency_time];
    this._head.replaceChildren(make("tr", {}, ...columns.map((column) => make("th", { scope: "col" }, column))));
    this._rows.replaceChildren(
      ...times.toReversed().map((time) =>
        make("tr", {}, make("th", { scope: "row" }, written.moment(time.at)), make("td", {}, written.seconds(time.seconds))),
      ),
    );
  }
}

/** One bar for each time, from zero up, the newest at the right and marked. */
function barsOf(times, longest) {
  const step = WIDTH / Math.max(times.length, LEAST_BARS);
  return times.map((time, index) => {
    const height = Math.max(LEAST_HEIGHT, longest ? (time.seconds / longest) * HEIGHT : 0);
    const newest = index === times.length - 1;
    return draw("rect", {
      x: WIDTH - (times.length - index) * step,
      y: HEIGHT - height,
      width: step - GAP,
      height,
      class: newest ? "newest" : null,
    });
  });
}
