// Shapes over a chart: paths, lettered places and ellipses. Drawn over it, not in it: a changed
// figure would be sent and drawn anew, and lose its zoom.

export default function ({ data, parentElement: host }) {
  const shapes = (host.__shapes ??= createShapes(host));
  shapes.load(data);
  return () => { shapes.destroy(); delete host.__shapes; };
}

function createShapes(host) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'latent-shapes');
  svg.setAttribute('aria-hidden', 'true');       // the words beside the map say it
  const shapes = {};
  let meta = null, drawn = '';

  const paths = (area) => meta.paths.forEach(({ points, colour, dash, thick }) => {
    const line = points.map(([x, y]) => `${area.xaxis.d2p(x)},${area.yaxis.d2p(y)}`).join(' ');
    const common = { points: line, 'stroke-dasharray': dash };
    const weight = thick ? 'thick' : '';
    element(svg, 'polyline', { ...common, class: `halo ${weight}` });
    element(svg, 'polyline', { ...common, class: weight, stroke: colour });
  });
  const places = (area) => meta.places.forEach(({ x, y, text, colour, small, square, hollow }) => {
    const at = { cx: area.xaxis.d2p(x), cy: area.yaxis.d2p(y) };
    const look = hollow ? { fill: '#fff', style: `stroke: ${colour}` } : { fill: colour };
    if (square) {
      element(svg, 'rect', { x: at.cx - 4, y: at.cy - 4, width: 8, height: 8, ...look });
    } else {
      element(svg, 'circle', { ...at, r: small ? 4 : 11, ...look });
    }
    if (text) element(svg, 'text', { x: at.cx, y: at.cy + 4.5 }).textContent = text;
  });
  const ellipses = (area) => meta.ellipses.forEach(({ x, y, radii, angle, colour }) => {
    const pixels = area.xaxis.d2p(1) - area.xaxis.d2p(0);   // of a latent unit, on both axes alike
    const [cx, cy] = [area.xaxis.d2p(x), area.yaxis.d2p(y)];
    element(svg, 'ellipse', {
      cx, cy, rx: radii[0] * pixels, ry: radii[1] * pixels, stroke: colour,
      transform: `rotate(${-angle} ${cx} ${cy})`,
    });
  });

  const draw = () => {
    const chart = meta && document.querySelector(chartSelector(meta.chart));
    const area = plotArea(chart);
    if (!area || chart._fullLayout.meta !== meta.map) { svg.remove(); drawn = ''; return; }
    if (svg.parentElement !== chart) {
      chart.style.position = 'relative';
      chart.appendChild(svg);
    }
    coverPlotArea(svg, area, chart.getBoundingClientRect());
    const look = JSON.stringify([meta, area.width, area.height, area.xaxis.range, area.yaxis.range]);
    if (look === drawn) return;
    drawn = look;
    svg.replaceChildren();
    [ellipses, paths, places].forEach((part) => part(area));
  };
  shapes.load = (data) => { meta = data; draw(); };
  const stop = followChart(draw);
  shapes.destroy = () => { stop(); svg.remove(); };
  return shapes;
}
