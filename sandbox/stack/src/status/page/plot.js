// Lines over the last minutes, as SVG. Text and numbers only: nothing here is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 600, HEIGHT = 150, TOP = 18, BOTTOM = 18;

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

/** Draws `samples`, the latest on the right, one line for each of `lines`: `{member, name}`. */
export function plot(svg, samples, lines, seconds) {
  const most = ceiling(Math.max(1, ...samples.flatMap((sample) => lines.map(({ member }) => sample[member]))));
  const x = (index) => WIDTH - (samples.length - 1 - index) * (WIDTH / (seconds - 1));
  const y = (value) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  const drawn = [];
  for (const value of [0, most / 2, most]) {
    drawn.push(element("line", { x1: 0, x2: WIDTH, y1: y(value), y2: y(value) }));
    drawn.push(element("text", { x: 2, y: y(value) - 3 }, value));
  }
  for (const minutes of [4, 3, 2, 1]) {
    drawn.push(element("text", { x: WIDTH - minutes * (WIDTH * 60 / seconds), y: HEIGHT - 4, "text-anchor": "middle" }, `-${minutes} min`));
  }
  for (const { member, name } of lines) {
    const points = samples.map((sample, index) => `${x(index).toFixed(1)},${y(sample[member]).toFixed(1)}`);
    drawn.push(element("polyline", { class: name, points: points.join(" ") }));
  }
  svg.replaceChildren(...drawn);
}
