// What several scripts need: a number kept within limits, and pieces of a drawing.

const SVG = 'http://www.w3.org/2000/svg';

const within = (value, low, high) => Math.min(Math.max(value, low), high);

/** A new piece of an SVG drawing, within its parent. */
function element(parent, name, values = {}) {
  const node = parent.appendChild(document.createElementNS(SVG, name));
  Object.entries(values).forEach(([key, value]) => node.setAttribute(key, value));
  return node;
}
