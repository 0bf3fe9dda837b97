// The loupe: the decoded image under the cursor, blended from a grid that came with the page,
// and a click that says its place aloud; the pin passes it on to the server. One controller
// per host element: this function is called again whenever the data changes, and only its
// last cleanup is run.

const FRAME_GAP = 18;      // pixels between cursor and loupe
const TOUCH = 12;          // pixels around a dot that mean it, for a finger
const FINGER_GAP = 28;     // pixels between a finger and the loupe above it
const CLICK_SLOP = 4;      // pixels between press and release beyond which it is a drag
const VIEW_DELAY = 300;    // milliseconds of rest before a new zoom is reported

export default function ({ data, parentElement: host, setTriggerValue }) {
  const loupe = (host.__loupe ??= createLoupe());
  const marker = (host.__marker ??= createMarker(host));
  loupe.onView = (value) => setTriggerValue('view', value);
  if (data && data !== loupe.data) loupe.load(data);
  return () => {
    loupe.destroy();
    marker.destroy();
    delete host.__loupe;
    delete host.__marker;
  };
}

function createLoupe() {
  const frame = document.createElement('div');
  frame.className = 'latent-loupe';
  frame.setAttribute('aria-hidden', 'true');   // a preview; the pinned picture has the text
  frame.innerHTML = '<canvas></canvas><p></p><p></p>';
  document.body.appendChild(frame);
  const cross = document.body.appendChild(document.createElement('div'));   // where the keys point
  cross.className = 'latent-cross';
  const [canvas, placeText, pointText] = frame.children;
  const context = canvas.getContext('2d');
  const loupe = { data: null, atlas: null, onView: null, frames: [] };
  let pending = 0, last = null, image = null, viewTimer = 0, seen = null;

  loupe.load = async (data) => {
    loupe.data = data;
    const atlas = await unpack(data);
    if (loupe.data !== data) return;            // a newer one arrived meanwhile
    canvas.width = atlas.width;
    canvas.height = atlas.height;
    image = context.createImageData(atlas.width, atlas.height);
    image.data.fill(255);                       // opaque
    loupe.frameSize = null;                     // another image shape, another height
    loupe.atlas = atlas;
  };

  const chartUnder = (event) =>
    loupe.atlas ? event.target?.closest?.(chartSelector(loupe.atlas.chart)) : null;
  const hide = () => {
    cancelAnimationFrame(pending);
    pending = 0;
    frame.style.display = cross.style.display = 'none';
  };
  const onModebar = (event) => event.target?.closest?.('.modebar');

  const draw = () => {
    pending = 0;
    const { chart, x, y, clientX, clientY, byFinger, byKeys } = last;
    const started = performance.now();
    const inside = blend(loupe.atlas, x, y, image);
    context.putImageData(image, 0, 0);
    const point = chart._hoverdata?.[0];
    const place = (loupe.atlas.strip ? [x] : [x, y]).map((value) => value.toPrecision(2)).join(', ');
    placeText.textContent = inside ? `preview ${place}` : `no preview ${place}`;
    const dot = byKeys ? last.image !== null && `image ${last.image}` : point?.data.name;
    pointText.textContent = dot ? `dot: ${dot}` : 'no dot here';
    cross.style.display = byKeys ? 'block' : 'none';
    if (byKeys) cross.style.transform = `translate(${clientX}px, ${clientY}px)`;
    frame.classList.toggle('beyond', !inside);
    if (frame.style.display !== 'block') frame.style.display = 'block';
    // To the left near the map's right edge: it should not cover the decoded picture.
    const edge = Math.min(innerWidth, chart.getBoundingClientRect().right);
    const { width, height } = loupe.frameSize ??= frame.getBoundingClientRect();
    const right = clientX + FRAME_GAP + width > edge ? clientX - FRAME_GAP - width : clientX + FRAME_GAP;
    const wanted = byFinger ? clientY - height - FINGER_GAP : clientY - height / 2;
    const top = within(wanted, 4, innerHeight - height - 4);
    frame.style.transform = `translate(${right}px, ${top}px)`;
    loupe.frames.push(performance.now() - started);
    if (loupe.frames.length > 1000) loupe.frames.shift();
  };

  const move = (event) => {
    const chart = chartUnder(event);
    const place = chart && !event.buttons && !onModebar(event) && unitsAt(chart, event);
    // A new map is drawn before its grid is here: no preview is better than the old map's.
    if (!place || chart._fullLayout.meta !== loupe.atlas.map) return hide();
    last = { chart, ...place, clientX: event.clientX, clientY: event.clientY };
    pending ||= requestAnimationFrame(draw);
  };

  // One finger carries the loupe, and Plotly does not hear of it; two move the map.
  const touch = (event) => {
    if (event.touches.length === 1 && chartUnder(event) && !onModebar(event)) event.stopPropagation();
  };
  const hold = (event) => {
    if (pressed && event.touches.length === 1) event.preventDefault();   // or the page scrolls
  };
  const slide = (event) => {
    if (event.pointerType === 'mouse' || !pressed) return;
    const place = unitsAt(pressed.chart, event);
    if (!place) return hide();
    last = { chart: pressed.chart, ...place, clientX: event.clientX, clientY: event.clientY, byFinger: true };
    pending ||= requestAnimationFrame(draw);
  };

  loupe.hide = hide;
  /** The loupe at a place, as if the mouse were there. */
  loupe.showAt = (chart, x, y) => {
    const { left, top, xaxis, yaxis } = plotArea(chart);
    const [clientX, clientY] = [left + xaxis.d2p(x), top + yaxis.d2p(y)];
    last = { chart, x, y, clientX, clientY, byKeys: true, image: dotNear(chart, clientX, clientY, DOT) };
    pending ||= requestAnimationFrame(draw);
  };

  // A click is told by its two ends: Plotly's own comes after it has dealt with the release,
  // which can take longer than the server's answer. The release lands on a cover that Plotly
  // lays over the page, so chart and point are those of the press.
  let pressed = null;
  const press = (event) => {
    const chart = event.button === 0 && !onModebar(event) && chartUnder(event);
    const point = event.pointerType === 'mouse' ? chart?._hoverdata?.[0] : null;  // a finger does not hover
    pressed = chart ? { chart, point, event } : null;
  };
  const release = (event) => {
    const { chart, point, event: start } = pressed ?? {};
    pressed = null;
    if (event.pointerType !== 'mouse') hide();
    const moved = start && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY);
    const place = chart && moved <= CLICK_SLOP && unitsAt(chart, event);
    if (!place) return;
    const image = point?.customdata ?? (start.pointerType === 'mouse' ? null : dotNear(chart, event.clientX, event.clientY, TOUCH));
    const detail = { x: place.x, y: place.y, image, map: chart._fullLayout.meta };
    window.latentPin.setTriggerValue('pick', detail);
  };

  const lift = () => { pressed = null; hide(); };

  const viewOf = (chart) => {
    const { xaxis, yaxis, width, height } = chart._fullLayout;
    return { chart, size: `${width} x ${height}`, ranges: JSON.stringify([xaxis.range, yaxis.range]) };
  };
  // What was seen before the first of several quick moves. A press stops the timer: it may have
  // been started by a click elsewhere, and would look at the map in the middle of a drag.
  const noteView = (event) => {
    const chart = chartUnder(event);
    const ofMenu = event.button || (event.type === 'mousedown' && event.ctrlKey);
    if (!loupe.atlas?.reportsView || !chart?._fullLayout?.xaxis) {
      if (!viewTimer && !ofMenu) seen = null;    // of a press whose release a menu swallowed
      return;
    }
    if (!viewTimer || !seen) seen = viewOf(chart);
    if (ofMenu) return;
    clearTimeout(viewTimer);
    viewTimer = 0;
  };
  // Only what a person does counts: a resized window or a changed figure has other ranges too.
  const reportView = () => {
    clearTimeout(viewTimer);
    viewTimer = setTimeout(() => {
      viewTimer = 0;
      const chart = loupe.atlas && document.querySelector(chartSelector(loupe.atlas.chart));
      if (!chart?._fullLayout?.xaxis) return;
      const view = viewOf(chart);
      const isSame = seen?.chart === chart && seen.size === view.size;
      if (isSame && view.ranges !== seen.ranges) loupe.onView(JSON.parse(view.ranges));
      seen = null;
    }, VIEW_DELAY);
  };

  const listeners = [
    ['mousemove', move], ['pointerdown', press], ['pointerup', release],
    ['touchstart', touch], ['pointermove', slide], ['pointercancel', lift],
    ['mousedown', noteView], ['mouseup', reportView],
    ['wheel', (event) => { if (chartUnder(event)) { noteView(event); reportView(); } }], ['scroll', hide],
  ];
  const options = { capture: true, passive: true };
  listeners.forEach(([name, listener]) => document.addEventListener(name, listener, options));
  const active = { capture: true, passive: false };
  document.addEventListener('touchmove', hold, active);
  window.addEventListener('blur', hide);
  document.documentElement.addEventListener('mouseleave', hide);
  // Back and Forward change the address alone; reloading shows what it says.
  const { pathname } = location;
  const onHistory = () => { if (location.pathname === pathname) location.reload(); };
  window.addEventListener('popstate', onHistory);
  const stopKeys = createKeys(loupe);
  const stopSpace = pickInSpace();
  loupe.destroy = () => {
    hide();
    stopKeys();
    stopSpace();
    window.removeEventListener('popstate', onHistory);
    if (window.latentLoupe === loupe) delete window.latentLoupe;   // another may be there already
    listeners.forEach(([name, listener]) => document.removeEventListener(name, listener, options));
    document.removeEventListener('touchmove', hold, active);
    window.removeEventListener('blur', hide);
    document.documentElement.removeEventListener('mouseleave', hide);
    clearTimeout(viewTimer);
    frame.remove();
    cross.remove();
  };
  window.latentLoupe = loupe;                    // for measurements and tests
  return loupe;
}
