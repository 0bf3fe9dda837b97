// The surroundings of the ring, enlarged until the posterior's ellipse can be seen: the codes drawn
// from it, and P, which can be dragged, or moved with the arrow keys, to any other place. Under it
// number fields for P, which are all there is where no ellipse can be drawn. They are filled here:
// as the server's widgets they would be behind a quick hand, and move P back.

const SIDE = 220, SIGMAS = 3.5;  // pixels; sigmas of the longer half axis from middle to edge
const EVERY = 120;               // milliseconds between two reports of a drag
const LIMIT = 1e6;               // latent units
const STEP = .1, FAST = .5;      // sigmas of an arrow key, and with Shift
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export default function ({ data, parentElement: host, setTriggerValue }) {
  const inset = (host.__inset ??= createInset(host));
  inset.load(data, setTriggerValue);
  return () => { inset.destroy(); delete host.__inset; };
}

function createInset(host) {
  const svg = element(host, 'svg', { class: 'latent-inset', viewBox: `0 0 ${SIDE} ${SIDE}`, tabindex: 0, role: 'slider' });
  const fields = createFields(host, (typed) => {
    const [x, y] = place ?? [meta.x, meta.y];
    report('moved', { x, y, dot: null, map: meta.map, isDone: true, ...typed });
  });
  let meta = null, report = null, place = null, timer = null, at = -Infinity;
  let held = null;                               // the finger that holds P, or 'keys'

  const pixels = () => SIDE / 2 / (SIGMAS * meta.ellipse[0]);      // of a latent unit
  const toPixels = ([x, y]) =>
    [SIDE / 2 + (x - meta.x) * pixels(), SIDE / 2 - (y - meta.y) * pixels()];
  const toUnits = ([x, y]) =>
    [meta.x + (x - SIDE / 2) / pixels(), meta.y - (y - SIDE / 2) / pixels()];
  const inside = (point) => point.map((v) => within(v, 10, SIDE - 10));

  const draw = () => {
    svg.replaceChildren();
    const [long, short, angle] = meta.ellipse, middle = SIDE / 2;
    for (const sigmas of [1, 2, 3]) {
      element(svg, 'ellipse', {
        cx: middle, cy: middle, rx: sigmas * long * pixels(), ry: sigmas * short * pixels(),
        class: `s${sigmas}`, transform: `rotate(${-angle} ${middle} ${middle})`,
      });
    }
    meta.draws.map(toPixels).forEach(([x, y], i) => {
      element(svg, 'text', { x, y: y + 4, class: 'draw' }).textContent = i + 1;
    });
    element(svg, 'path', { d: `M${middle - 6} ${middle}h12M${middle} ${middle - 6}v12`, class: 'mean' });
    const [x, y] = toPixels(place ?? [meta.x, meta.y]);
    const isBeyond = x < 0 || y < 0 || x > SIDE || y > SIDE;
    const [cx, cy] = isBeyond ? inside([x, y]) : [x, y];
    element(svg, 'circle', { cx, cy, r: 10, class: isBeyond ? 'beyond' : 'handle' });
    element(svg, 'text', { x: cx, y: cy + 4.5, class: 'name' }).textContent = 'P';
    element(svg, 'path', { d: `M8 ${SIDE - 8}h${SIDE / 2 / SIGMAS}`, class: 'bar' });
    element(svg, 'text', { x: 8, y: SIDE - 13, class: 'scale' }).textContent = `1 σ: ${long.toPrecision(2)} latent units`;
    svg.setAttribute('aria-valuenow', (place ?? [meta.x])[0].toFixed(4));
    svg.setAttribute('aria-valuetext', (place ?? [meta.x, meta.y]).map((v) => v.toFixed(4)).join(', '));
  };
  const tell = (isDone) => {
    clearTimeout(timer);
    timer = null;
    at = performance.now();
    report('moved', { x: place[0], y: place[1], dot: null, map: meta.map, isDone });
  };
  const soon = () => {
    timer ??= setTimeout(() => tell(false), Math.max(0, at + EVERY - performance.now()));
  };
  const release = (by) => { if (by === held) { held = null; tell(true); } };
  const follow = (event) => {
    const box = svg.getBoundingClientRect();
    const point = [event.clientX - box.left, event.clientY - box.top].map((v) => v * SIDE / box.width);
    place = toUnits(point.map((v) => within(v, 0, SIDE)));
    draw();
  };
  svg.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    svg.setPointerCapture(event.pointerId);
    held = event.pointerId;
    follow(event);
    soon();
  });
  svg.addEventListener('pointermove', (event) => {
    if (event.pointerId === held) { follow(event); soon(); }
  });
  ['pointerup', 'pointercancel'].forEach((name) =>
    svg.addEventListener(name, (event) => release(event.pointerId)));
  svg.addEventListener('keydown', (event) => {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    held ??= 'keys';
    const step = (event.shiftKey ? FAST : STEP) * meta.ellipse[0];
    const from = toPixels(place ?? [meta.x, meta.y]);
    const [x, y] = toUnits(from.map((v) => within(v, 0, SIDE)));
    place = [x + move[0] * step, y + move[1] * step];
    draw();
    soon();
  });
  svg.addEventListener('keyup', (event) => { if (MOVES[event.key]) release('keys'); });
  svg.addEventListener('blur', () => release('keys'));
  return {
    load(data, setTriggerValue) {
      meta = data;
      report = setTriggerValue;
      if (held === null) place = data.place;
      fields.show(data, place);
      svg.toggleAttribute('hidden', !data.ellipse);
      svg.setAttribute('aria-label', data.label);
      if (data.ellipse) draw();
    },
    destroy() { clearTimeout(timer); svg.remove(); fields.remove(); },
  };
}

/** Fields for the place of P and for the image that it stands on; `tell` takes what is typed. */
function createFields(host, tell) {
  const row = host.appendChild(document.createElement('div'));
  row.className = 'latent-fields';
  const field = (name, text, limits) => {
    const label = row.appendChild(document.createElement('label'));
    label.appendChild(document.createElement('span')).textContent = text;
    const input = label.appendChild(document.createElement('input'));
    Object.assign(input, { type: 'number', step: name === 'dot' ? '1' : 'any' });
    input.addEventListener('change', () => {
      const typed = name === 'dot' ? Math.round(input.valueAsNumber) : input.valueAsNumber;
      if (Number.isFinite(typed)) tell({ [name]: within(typed, ...limits()) });
    });
    return input;
  };
  let lastDot = 0;
  const x = field('x', 'P: x, latent units', () => [-LIMIT, LIMIT]);
  const y = field('y', 'P: y, latent units', () => [-LIMIT, LIMIT]);
  const dot = field('dot', 'P: image', () => [0, lastDot]);
  return {
    show(data, place) {
      lastDot = data.lastDot;
      x.value = place?.[0].toFixed(3) ?? '';
      y.value = place?.[1].toFixed(3) ?? '';
      dot.value = data.dot ?? '';
      y.parentElement.hidden = data.strip;
    },
    remove: () => row.remove(),
  };
}
