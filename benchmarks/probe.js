// Put into the page before the app starts: times what happens there, on the page's own clock.
(() => {
  const GIVE_UP = 15000;       // milliseconds to wait for a picture
  const CLEAR = 14;            // pixels around an empty place without a point
  const EDGE = 60;             // pixels inside the plot area that are not clicked: buttons, labels
  let marks = {};
  const mark = (name) => { marks[name] ??= performance.now(); };

  const chart = () => document.querySelector('.st-key-explore_map .js-plotly-plot');
  const picture = () =>
    chart()?.closest('[data-testid="stColumn"]')?.nextElementSibling?.querySelector('img');
  const probe = (window.latencyProbe = { chart, picture });

  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', () => marks.sent && mark('answered'));
    }
    send(data) {
      if (marks.up) mark('sent');
      super.send(data);
    }
  };
  addEventListener('mouseup', (event) => { marks.up ??= event.timeStamp; }, true);

  /** Epoch milliseconds at which the map was drawn and the loupe ready, once both are. */
  probe.started = new Promise((resolve) => {
    const seen = {};
    const now = () => performance.timeOrigin + performance.now();
    const look = () => {
      if (chart()?._fullLayout && chart().querySelector('.main-svg')) seen.map ??= now();
      if (window.latentLoupe?.atlas) seen.loupe ??= now();
      if (seen.map && seen.loupe) resolve(seen); else requestAnimationFrame(look);
    };
    look();
  });

  /** Time the whole dispatch of each mousemove: every listener of app, Streamlit and Plotly. */
  probe.timeMoves = () => {
    const times = (probe.moves = []);
    let start = 0;
    addEventListener('mousemove', () => { start = performance.now(); }, true);
    addEventListener('mousemove', () => times.push(performance.now() - start));
  };

  /** Watch for the next decoded picture; `probe.shown` then gives the marks of the click. */
  probe.watch = () => {
    const before = picture()?.src;
    marks = {};
    probe.shown = new Promise((resolve) => {
      const end = (result) => { observer.disconnect(); clearTimeout(timer); resolve(result); };
      const paint = () => requestAnimationFrame(() => { mark('shown'); end({ ...marks }); });
      const look = () => {
        const image = picture();
        if (!image || image.src === before || marks.changed) return;
        mark('changed');
        if (image.complete) paint(); else image.addEventListener('load', paint, { once: true });
      };
      const observer = new MutationObserver(look);
      const timer = setTimeout(() => end(null), GIVE_UP);
      observer.observe(document.body, { subtree: true, childList: true, attributeFilter: ['src'] });
    });
  };

  const pixelsOf = () => {
    const { xaxis, yaxis } = chart()._fullLayout, box = chart().getBoundingClientRect();
    return {
      left: box.left + xaxis._offset, top: box.top + yaxis._offset,
      width: xaxis._length, height: yaxis._length,
      x: (value) => xaxis.d2p(value), y: (value) => yaxis.d2p(value),
    };
  };

  /** The plot area in client pixels. */
  probe.area = () => {
    const { left, top, width, height } = pixelsOf();
    return { left, top, width, height };
  };

  /** Client pixels of `n` places away from all points and of `n` points, from random pairs. */
  probe.targets = (n, pairs) => {
    const area = pixelsOf();
    const inside = ([x, y]) =>
      x > EDGE && y > EDGE && x < area.width - EDGE && y < area.height - EDGE;
    const points = [];
    for (const { x, y } of chart()._fullData) {
      for (let i = 0; i < x.length; i++) points.push([area.x(x[i]), area.y(y[i])]);
    }
    const isEmpty = ([x, y]) => points.every(([a, b]) => Math.hypot(a - x, b - y) > CLEAR);
    const drawn = points.filter(inside);
    const places = pairs.map(([a, b]) => [a * area.width, b * area.height]);
    const toClient = ([x, y]) => [area.left + x, area.top + y];
    const empty = places.filter(inside).filter(isEmpty).slice(0, n);
    const full = pairs.slice(0, n).map(([a]) => drawn[Math.floor(a * drawn.length)]);
    return { empty: empty.map(toClient), points: full.filter(Boolean).map(toClient) };
  };

  /** Watch until so many pictures and circles lie under the points; gives milliseconds from the
   * mouse's release to one frame after they are there. */
  probe.watchLayers = (pictures, circles) => {
    marks = {};
    probe.laid = new Promise((resolve) => {
      const give = setTimeout(() => resolve(null), GIVE_UP);
      const look = () => {
        const images = [...document.querySelectorAll('.latent-layers img')];
        const rings = document.querySelectorAll('.latent-layers circle').length;
        const there = images.length === pictures && rings === circles && images.every((i) => i.complete);
        if (!marks.up || !there) return requestAnimationFrame(look);
        clearTimeout(give);
        requestAnimationFrame(() => resolve(performance.now() - marks.up));
      };
      look();
    });
  };

  /** Milliseconds from the mouse's release to a map of so many points with its loupe. */
  probe.watchPoints = (n) => {
    marks = {};
    probe.drawn = new Promise((resolve) => {
      const look = () => {
        const { _fullLayout: layout, _fullData: data = [] } = chart() ?? {};
        const points = data.reduce((sum, trace) => sum + trace.x.length, 0);
        const ready = marks.up && points === n && layout.meta === window.latentLoupe?.atlas?.map;
        if (!ready) return requestAnimationFrame(look);
        requestAnimationFrame(() => resolve(performance.now() - marks.up));
      };
      look();
    });
  };

  /** What a click must leave as it is. */
  probe.map = () => {
    const { _fullLayout: layout, _fullData: data } = chart();
    let opacity = 1;
    for (let node = chart(); node; node = node.parentElement) opacity *= getComputedStyle(node).opacity;
    return {
      nodeKept: chart() === (probe.firstChart ??= chart()),
      zoom: JSON.stringify([layout.xaxis.range, layout.yaxis.range]),
      dimmed: opacity < 1 || data.some((trace) => trace.selectedpoints !== undefined),
      points: data.reduce((sum, trace) => sum + trace.x.length, 0),
    };
  };
})();
