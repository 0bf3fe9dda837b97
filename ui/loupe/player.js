// A film of decoded pictures: one of them large, a slider, Play, and a dot on the map where it is.
// All frames come at once, in one wide picture; nothing is asked of the server while it runs.

const FRAME_MS = 60;       // of a film that runs
const CALM_MS = 1000;      // of a step, where the visitor wants little motion

export default function ({ data, parentElement: host, setTriggerValue }) {
  const player = (host.__player ??= createPlayer(host));
  player.onFrame = (value) => setTriggerValue('frame', value);
  player.load(data);
  return () => { player.destroy(); delete host.__player; };
}

function createPlayer(host) {
  const root = document.createElement('div');
  root.className = 'latent-player';
  root.innerHTML = `<canvas role="img"></canvas><p></p>
    <div><button type="button"></button>
    <label><span>Step</span><input type="range" min="0" step="1"></label></div>`;
  host.appendChild(root);
  const [canvas, words, row] = root.children;
  const [button, { lastElementChild: slider }] = row.children;
  const context = canvas.getContext('2d');
  const dot = document.createElement('div');     // clipped to the plot area, as the pin is
  dot.className = 'latent-dot';
  dot.setAttribute('aria-hidden', 'true');
  dot.appendChild(document.createElement('i'));
  const player = { data: null, frame: 0, onFrame: null };
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let sheet = null, timer = 0, forward = 1, loaded = '', gone = false;

  const drawDot = () => {
    const chart = player.data && document.querySelector(chartSelector(player.data.chart));
    const area = plotArea(chart);
    const place = player.data?.frames[player.frame];
    if (!area || !place || place.isLettered || chart._fullLayout.meta !== player.data.map) { dot.remove(); return; }
    if (dot.parentElement !== chart) {
      chart.style.position = 'relative';
      chart.appendChild(dot);
    }
    coverPlotArea(dot, area, chart.getBoundingClientRect());
    const [x, y] = [area.xaxis.d2p(place.x), area.yaxis.d2p(place.y)];
    dot.firstChild.style.transform = `translate(${x}px, ${y}px)`;
  };
  const draw = () => {
    const { width, height, frames } = player.data;
    const { text, spoken } = frames[player.frame];
    if (sheet) context.drawImage(sheet, -player.frame * width, 0);
    words.textContent = text;
    canvas.setAttribute('aria-label', spoken);
    slider.value = player.frame;
    slider.setAttribute('aria-valuetext', spoken);
    drawDot();
  };
  const label = () => { button.textContent = timer ? 'Halt' : 'Play'; };
  const halt = () => { clearTimeout(timer); timer = 0; label(); };
  const report = () => player.onFrame(player.frame);
  /** There and back again, until it is told to halt. */
  const step = () => {
    const last = player.data.frames.length - 1, far = calm.matches ? player.data.between : 1;
    if (player.frame + forward * far > last || player.frame + forward * far < 0) forward = -forward;
    player.frame = within(player.frame + forward * far, 0, last);
    draw();
    timer = setTimeout(step, calm.matches ? CALM_MS : FRAME_MS);
  };
  button.addEventListener('click', () => {
    if (timer) { halt(); report(); return; }
    if (player.frame === player.data.frames.length - 1) forward = -1;
    if (player.frame === 0) forward = 1;
    timer = setTimeout(step, 0);
    label();
  });
  slider.addEventListener('input', () => { halt(); player.frame = Number(slider.value); draw(); });
  slider.addEventListener('change', report);
  slider.addEventListener('keydown', (event) => {  // from step to step; the mouse goes between them
    const far = { PageUp: 1, PageDown: -1 }[event.key];
    if (!far) return;
    event.preventDefault();
    halt();
    player.frame = within(player.frame + far * player.data.between, 0, Number(slider.max));
    draw();
    report();
  });

  player.load = async (data) => {
    if (data.film === loaded) return;            // the same one stays where it is, or runs on
    loaded = data.film;
    const picture = new Image();
    picture.src = data.sheet;
    await picture.decode();
    if (gone || loaded !== data.film) return;    // closed, or a newer one arrived meanwhile
    [canvas.width, canvas.height] = [data.width, data.height];
    slider.max = data.frames.length - 1;
    [player.data, sheet, player.frame] = [data, picture, data.frame];
    forward = 1;
    label();
    draw();
  };
  const stop = followChart(drawDot);
  player.destroy = () => { gone = true; halt(); stop(); dot.remove(); root.remove(); };
  window.latentPlayer = player;                  // for tests
  label();
  return player;
}
