// A sheet to draw on, white on black as the models' images are, with mouse, finger, pen or keys.
// While a stroke is drawn its picture is sent as often as the server answers, and no oftener than
// EVERY; the finished stroke is sent at once. What is drawn outlives a change of the page.

const SIDE = 280;            // pixels of the picture that is sent
const EVERY = 200;           // milliseconds between two pictures of an unfinished stroke
const BACK = 500;            // milliseconds until a sheet that was away is sent again
const PATIENCE = 3000;       // milliseconds until an answer is waited for no longer
const STEP = 7, FAST = 28;   // pixels of an arrow key, and with Shift
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP = 'Sheet to draw on. Arrow keys move the pen, Space puts it down or lifts it, ' +
  'Control Z takes a stroke back, Delete clears the sheet.';

export default function ({ data, parentElement: host }) {
  host.__canvas ??= createCanvas(host, data.isShown);
  return () => { host.__canvas.destroy(); delete host.__canvas; };
}

function createCanvas(host, isShown) {
  const strokes = (window.latentStrokes ??= []);
  const root = add(host, 'div', { className: 'latent-canvas' });
  const sheet = add(root, 'div', { className: 'sheet' });
  const canvas = add(sheet, 'canvas', { width: SIDE, height: SIDE, tabIndex: 0 });
  canvas.setAttribute('role', 'application');
  canvas.setAttribute('aria-label', HELP);
  const invitation = add(sheet, 'div', { className: 'invitation', textContent: 'Draw here' });
  invitation.setAttribute('aria-hidden', 'true');
  const cursor = add(sheet, 'div', { className: 'pen', hidden: true });
  const tools = add(root, 'div', { className: 'tools' });
  const undo = add(tools, 'button', { type: 'button', textContent: 'Undo' });
  const clear = add(tools, 'button', { type: 'button', textContent: 'Clear' });
  const label = add(tools, 'label', { textContent: 'Pen' });
  const width = add(label, 'input', { type: 'range', min: 8, max: 48, step: 2, value: 24 });
  width.setAttribute('aria-label', 'Width of the pen, pixels');
  add(root, 'p', { textContent: 'Keys: arrows move the pen, Space puts it down or lifts it.' });
  const status = add(root, 'p', { className: 'status' });
  status.setAttribute('role', 'status');
  const ink = canvas.getContext('2d', { willReadFrequently: true });
  const courier = createCourier(canvas, strokes);
  let stroke = null, pointer = null;             // what is being drawn, and by which finger
  let pen = null;                                // of the keyboard: { x, y, down }

  const paint = () => {
    ink.fillStyle = '#000';
    ink.fillRect(0, 0, SIDE, SIDE);
    Object.assign(ink, { strokeStyle: '#fff', fillStyle: '#fff', lineCap: 'round', lineJoin: 'round' });
    for (const { width, points } of strokes) {
      ink.lineWidth = width;
      ink.beginPath();
      points.forEach(([x, y], i) => (i ? ink.lineTo(x, y) : ink.moveTo(x, y)));
      if (points.length === 1) ink.lineTo(points[0][0] + .01, points[0][1]);
      ink.stroke();
    }
    invitation.hidden = strokes.length > 0 || document.activeElement === canvas;
    undo.disabled = clear.disabled = !strokes.length;
    cursor.hidden = !pen || document.activeElement !== canvas;
    if (!pen) return;
    cursor.classList.toggle('down', pen.down);
    Object.assign(cursor.style, { left: `${100 * pen.x / SIDE}%`, top: `${100 * pen.y / SIDE}%` });
  };
  const begin = (place) => {
    stroke = { width: Number(width.value), points: [place] };
    strokes.push(stroke);
    paint();
    courier.soon();
  };
  const go = (...places) => { stroke.points.push(...places); paint(); courier.soon(); };
  const end = () => { stroke = null; paint(); courier.now(); };
  const change = (words, act) => () => { act(); stroke = null; status.textContent = words; paint(); courier.now(); };
  const takeBack = change('The last stroke is taken back.', () => strokes.pop());
  const wipe = change('The sheet is empty.', () => strokes.splice(0));

  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top].map((v) => v * SIDE / box.width);
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || stroke) return;
    canvas.setPointerCapture(event.pointerId);
    pointer = event.pointerId;
    pen = null;
    begin(placeOf(event));
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!stroke || event.pointerId !== pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    go(...(all.length ? all : [event]).map(placeOf));
  });
  const release = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    if (stroke) end();
  };
  ['pointerup', 'pointercancel'].forEach((name) => canvas.addEventListener(name, release));

  const lift = () => { if (pen?.down) { pen.down = false; end(); } };
  canvas.addEventListener('keydown', (event) => {
    const move = MOVES[event.key];
    const isUndo = event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey);
    if (!(move || isUndo || [' ', 'Escape', 'Delete', 'Backspace'].includes(event.key))) return;
    event.preventDefault();
    if (isUndo) { lift(); takeBack(); return; }
    if (event.key === 'Delete' || event.key === 'Backspace') { lift(); wipe(); return; }
    if (event.key === 'Escape') { lift(); return; }
    pen ??= { x: SIDE / 2, y: SIDE / 4, down: false };
    if (move) {
      const step = event.shiftKey ? FAST : STEP;
      pen.x = within(pen.x + move[0] * step, 0, SIDE);
      pen.y = within(pen.y + move[1] * step, 0, SIDE);
      if (pen.down) go([pen.x, pen.y]); else paint();
      return;
    }
    status.textContent = pen.down ? 'Pen up.' : 'Pen down.';
    if (pen.down) { lift(); return; }
    pen.down = true;
    begin([pen.x, pen.y]);
  });
  canvas.addEventListener('focus', paint);
  canvas.addEventListener('blur', () => { lift(); paint(); });
  undo.addEventListener('click', takeBack);
  clear.addEventListener('click', wipe);
  paint();
  // Back from another way to a picture: what is on the sheet is shown again, once it can be sent.
  const back = isShown || !strokes.length ? null : setTimeout(courier.now, BACK);
  return { destroy() { clearTimeout(back); courier.destroy(); root.remove(); } };
}

/** Sends the sheet: `now`, or `soon`, which waits for the answer to what was sent before. */
function createCourier(canvas, strokes) {
  let sent = 0, at = -Infinity, timer = null;
  const send = (isDone) => {
    clearTimeout(timer);
    timer = null;
    at = performance.now();
    sent = Math.max(sent, window.latentPen?.data.seen ?? 0) + 1;
    canvas.dataset.sent = sent;
    const picture = strokes.length ? canvas.toDataURL('image/png') : '';
    window.latentPen?.setTriggerValue('drawn', { picture, isDone, number: sent });
  };
  const isAnswered = () =>
    (window.latentPen?.data.seen ?? 0) >= sent || performance.now() - at > PATIENCE;
  const tick = () => {
    timer = null;
    if (isAnswered()) send(false); else timer = setTimeout(tick, EVERY / 4);
  };
  return {
    now: () => send(true),
    soon: () => { timer ??= setTimeout(tick, Math.max(0, at + EVERY - performance.now())); },
    destroy: () => clearTimeout(timer),
  };
}

function add(parent, name, values) {
  return parent.appendChild(Object.assign(document.createElement(name), values));
}
