// One cursor over several maps: what one shows under the mouse, all decode, side by side, in the
// same frame. Over a dot they decode the same image, each at its own code of it; elsewhere the
// same coordinates. A click says aloud what it hit; the pin passes it on to the server.

const SNAP = 6;            // pixels around a dot that mean it
const TOUCH = 12;          // the same for a finger
const HEADER = 60;         // pixels that the page's own bar covers
const SIGHT = 120;         // pixels of the screens that have to be seen
const SLOP = 4;            // pixels between press and release beyond which it is a drag
const MEANS = 'the same coordinates, though they mean something else to each model';

export default function ({ data, parentElement: host }) {
  const cursor = (host.__cursor ??= createCursor(host));
  cursor.load(data);
  return () => { cursor.destroy(); delete host.__cursor; };
}

function createCursor(host) {
  const head = host.appendChild(document.createElement('h2'));
  head.className = 'compare-head';
  head.innerHTML = 'Under the cursor <small>move over a map; a click pins</small>';
  const row = host.appendChild(document.createElement('div'));
  row.className = 'compare-screens';
  row.setAttribute('aria-hidden', 'true');       // previews; the pinned pictures have texts
  const said = host.appendChild(document.createElement('p'));
  said.className = 'compare-said';
  said.setAttribute('aria-hidden', 'true');
  const status = host.appendChild(document.createElement('p'));
  status.className = 'latent-announcement';
  status.setAttribute('role', 'status');
  const cursor = { screens: [], frames: [] };
  let pending = 0, last = null, stopKeys = [], shown = '';

  const atlasOf = (key) => window.latentAtlases?.get(key);

  cursor.load = (data) => {
    const now = JSON.stringify(data);
    if (now === shown) return;
    shown = now;
    stopKeys.forEach((stop) => stop());
    cursor.screens.forEach((screen) => screen.marks?.clip.remove());
    row.replaceChildren();
    cursor.original = data.originals && createScreen(row, data.originals, 'Original');
    cursor.screens = data.charts.map((chart) =>
      Object.assign(createScreen(row, chart.key, chart.title), chart));
    stopKeys = cursor.screens.map((screen) => createKeys({
      get atlas() { return atlasOf(screen.key); },
      label: `Map ${screen.title}. Arrows move one cursor over all maps, Enter pins, Escape puts it away.`,
      get start() { return restOf(screen); },
      showAt: (chart, x, y) => point({ screen, x, y, radius: SNAP }),
      hide: rest,
    }));
    rest();
  };

  const chartOf = (screen) => {
    const atlas = atlasOf(screen.key);
    const chart = atlas && document.querySelector(chartSelector(screen.key));
    // A new map is drawn before its grid is here: no preview is better than the old map's.
    return chart?._fullLayout?.meta === atlas?.map ? chart : null;
  };
  /** Where what is pinned stands on this map. */
  const restOf = (screen) => window.latentPin?.data?.places?.[screen.key] ?? null;

  /** What the cursor means: the dot under it, or else the place. */
  const aim = () => {
    const { screen, x, y, radius } = last, chart = chartOf(screen);
    last.image = chart && dotAt(screen, chart, x, y, radius);
    if (last.image === null && screen.strip) last.y = 0;   // the height on a strip means nothing
  };
  const draw = () => {
    pending = 0;
    const started = performance.now();
    if (last && last.image === undefined) aim();
    const { x, y, image } = last ?? {};
    const pinned = window.latentPin?.data;
    const number = last ? image : pinned?.isImage ? pinned.image : null;
    for (const screen of cursor.screens) {
      const chart = chartOf(screen);
      screen.seen = chart;
      if (chart) dotsOf(screen, chart);          // the first look takes longest
      const place = !chart ? null
        : !last ? restOf(screen)
        : image === null ? { x, y: screen.strip ? 0 : y } : placeOf(screen, chart, image);
      if (place && number !== null && paintFrom(screen, atlasOf(screen.album), number)) {
        say(screen, placeText(screen, place));
      } else paint(screen, atlasOf(screen.key), place, number !== null && screen.flat);
      if (!chart || !screen.marks) continue;
      screen.marks.cursor.className = image === null ? 'place' : 'dot';
      put(screen.marks.cursor, chart, last && place);
      put(screen.marks.pin, chart, restOf(screen));
    }
    if (pinned?.places) status.textContent = pinned.announcement;
    if (cursor.original) paintOriginal(cursor.original, atlasOf(cursor.original.key), number);
    said.textContent = sentence(pinned);
    if (!last) return;
    cursor.frames.push(performance.now() - started);
    if (cursor.frames.length > 1000) cursor.frames.shift();
  };
  const sentence = (pinned) => {
    if (!last) return pinned?.places ? `At the ring: ${pinned.name}.` : '';
    if (last.image === null) {
      const place = (last.screen.strip ? [last.x] : [last.x, last.y]).map((v) => v.toFixed(2)).join(', ');
      return `Same place (${place}): ${MEANS}.`;
    }
    const name = last.screen.names.get(last.image);
    return `Same image: held-out image ${last.image}, class ${name}; each model decodes its own code of it.`;
  };

  const soon = () => { pending ||= requestAnimationFrame(draw); };
  /** Where the screens are out of sight they come along, in the half that the map leaves free. */
  const float = (where) => {
    const { top, bottom } = host.getBoundingClientRect();
    const away = Boolean(where) && (bottom < HEADER + SIGHT || top > innerHeight - SIGHT);
    const box = away && chartOf(where.screen)?.getBoundingClientRect();
    const high = Boolean(box) && box.top + box.height / 2 < innerHeight / 2;
    row.classList.toggle('afloat', away);
    row.classList.toggle('above', away && !high);
    row.classList.toggle('below', away && high);
  };
  const point = (where) => {
    if (last?.screen !== where.screen) float(where);
    last = where;
    soon();
  };
  const rest = () => { if (last) float(null); last = null; soon(); };

  const screenUnder = (event) => {
    if (event.target?.closest?.('.modebar')) return null;
    return cursor.screens.find((screen) => event.target?.closest?.(chartSelector(screen.key))) ?? null;
  };
  const follow = (screen, event, radius) => {
    const chart = chartOf(screen);
    const place = chart && unitsAt(chart, event);
    if (!place) return rest();
    point({ screen, ...place, radius });
  };
  const move = (event) => {
    const screen = screenUnder(event);
    if (screen && !event.buttons) follow(screen, event, SNAP); else if (last) rest();
  };

  // One finger carries the cursor, and Plotly does not hear of it; two move the map.
  let pressed = null;
  const touch = (event) => {
    if (event.touches.length === 1 && screenUnder(event)) event.stopPropagation();
  };
  const hold = (event) => {
    if (pressed && event.touches.length === 1) event.preventDefault();   // or the page scrolls
  };
  const slide = (event) => {
    if (event.pointerType !== 'mouse' && pressed) follow(pressed.screen, event, TOUCH);
  };
  // Told by its two ends, as the release lands on a cover that Plotly lays over the page.
  const press = (event) => {
    const screen = event.button === 0 ? screenUnder(event) : null;
    pressed = screen && { screen, clientX: event.clientX, clientY: event.clientY };
  };
  const release = (event) => {
    const start = pressed;
    pressed = null;
    if (event.pointerType !== 'mouse') rest();
    const chart = start && chartOf(start.screen);
    if (!chart || Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > SLOP) return;
    const place = unitsAt(chart, event);
    if (!place) return;
    const radius = event.pointerType === 'mouse' ? SNAP : TOUCH;
    const image = dotAt(start.screen, chart, place.x, place.y, radius);
    window.latentPin.setTriggerValue('pick', { ...place, image, map: chart._fullLayout.meta });
  };
  const lift = () => { pressed = null; rest(); };

  const listeners = [
    ['mousemove', move], ['pointerdown', press], ['pointerup', release], ['touchstart', touch],
    ['pointermove', slide], ['pointercancel', lift], ['latent-atlas', soon], ['latent-pinned', soon],
  ];
  const options = { capture: true, passive: true };
  const active = { capture: true, passive: false };
  listeners.forEach(([name, listener]) => document.addEventListener(name, listener, options));
  document.addEventListener('touchmove', hold, active);
  document.documentElement.addEventListener('mouseleave', rest);
  // Back and Forward change the address alone; reloading shows what it says.
  const { pathname } = location;
  const onHistory = () => { if (location.pathname === pathname) location.reload(); };
  window.addEventListener('popstate', onHistory);
  const stop = followChart(() => cursor.screens.forEach((screen) => {
    const chart = chartOf(screen);
    cover(screen, chart);
    if (chart !== screen.seen) soon();           // a chart can come after its grid
    if (chart && screen.marks) put(screen.marks.pin, chart, restOf(screen));
  }));
  cursor.destroy = () => {
    stop();
    cancelAnimationFrame(pending);
    stopKeys.forEach((end) => end());
    cursor.screens.forEach((screen) => screen.marks?.clip.remove());
    listeners.forEach(([name, listener]) => document.removeEventListener(name, listener, options));
    document.removeEventListener('touchmove', hold, active);
    document.documentElement.removeEventListener('mouseleave', rest);
    window.removeEventListener('popstate', onHistory);
    [head, row, said, status].forEach((node) => node.remove());
    if (window.latentCursor === cursor) delete window.latentCursor;
  };
  window.latentCursor = cursor;                  // for measurements and tests
  return cursor;
}
