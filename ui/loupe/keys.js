// The map from the keyboard: with the map in focus, arrows move the loupe, Enter pins, Escape
// puts the loupe away. It starts from what is pinned.

const STEPS = 40;      // of an arrow key across the map's width
const FAST = 5;        // times as far with Shift
const DOT = 6;         // pixels around a dot that mean it
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function createKeys(loupe) {
  let probe = null;                              // in units of the map; null while put away

  const focusable = () => {
    const chart = loupe.atlas && document.querySelector(chartSelector(loupe.atlas.chart));
    if (!chart || chart.tabIndex === 0) return;
    chart.tabIndex = 0;
    chart.setAttribute('role', 'application');
    chart.setAttribute('aria-label', loupe.label ?? 'Map. Arrows move the loupe, Enter pins, Escape puts it away.');
  };

  const press = (event) => {
    const chart = event.target;
    if (!loupe.atlas || !chart?.matches?.(chartSelector(loupe.atlas.chart))) return;
    const area = plotArea(chart);
    const arrow = ARROWS[event.key];
    if (!area || !(arrow || event.key === 'Enter' || event.key === 'Escape')) return;
    event.preventDefault();
    const { xaxis, yaxis } = area;
    if (event.key === 'Escape') { probe = null; loupe.hide(); return; }
    if (event.key === 'Enter') {
      if (!probe) return;
      const { left, top } = area;
      const image = dotNear(chart, left + xaxis.d2p(probe.x), top + yaxis.d2p(probe.y), DOT);
      window.latentPin.setTriggerValue('pick', { ...probe, image, map: chart._fullLayout.meta });
      return;
    }
    const step = (event.shiftKey ? FAST : 1) * (xaxis.range[1] - xaxis.range[0]) / STEPS;
    const { x, y } = probe ?? loupe.start ?? window.latentPin.data;
    probe = {
      x: within(x + arrow[0] * step, ...xaxis.range),
      y: loupe.atlas.strip ? y : within(y + arrow[1] * step, ...yaxis.range),
    };
    loupe.showAt(chart, probe.x, probe.y);
  };

  const leave = () => { probe = null; };
  const slow = setInterval(focusable, 500);      // Streamlit replaces the chart with each figure
  document.addEventListener('keydown', press);
  document.addEventListener('focusout', leave);
  return () => {
    clearInterval(slow);
    document.removeEventListener('keydown', press);
    document.removeEventListener('focusout', leave);
  };
}
