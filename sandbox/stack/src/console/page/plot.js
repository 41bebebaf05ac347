// Lines of numbers over time.

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 150, TOP = 18, BOTTOM = 18;
/** The room for a label of the time axis. */
const LABEL = 70;
/** The steps of the time axis, in seconds. */
const STEPS = [60, 120, 300, 600, 900, 1800];

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// The next of 1, 2, 5, 10, 20, ... that is not smaller: an axis that doesn't jump with every value.
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((limit) => limit >= value);
}

/** Draws `samples` of `each` seconds, the latest on the right of a plot of `seconds`, with a line for each member. */
export function plot(svg, samples, each, seconds, members) {
  const width = svg.clientWidth || 600;
  svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  const most = ceiling(Math.max(1, ...samples.flatMap((sample) => members.map((member) => sample[member]))));
  const x = (back) => width - (back / seconds) * width;
  const y = (value) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  const drawn = [];
  for (const value of most > 1 ? [0, most / 2, most] : [0, most]) {
    drawn.push(element("line", { x1: 0, x2: width, y1: y(value), y2: y(value) }));
    drawn.push(element("text", { x: 2, y: y(value) - 3 }, value.toLocaleString()));
  }
  const step = STEPS.find((step) => (step / seconds) * width >= LABEL) ?? seconds;
  for (let back = step; back < seconds; back += step) {
    drawn.push(element("text", { x: x(back), y: HEIGHT - 4, "text-anchor": "middle" }, `-${back / 60} min`));
  }
  for (const member of members) {
    const points = samples.map((sample, index) => `${x((samples.length - 1 - index) * each).toFixed(1)},${y(sample[member]).toFixed(1)}`);
    drawn.push(element("polyline", { class: member, points: points.join(" ") }));
  }
  svg.replaceChildren(...drawn);
}
