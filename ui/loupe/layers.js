// Layers: pictures of the whole map and the prior's circles, drawn under its points.

const CIRCLES = [1, 2, 3];   // sigmas of the prior
const SVG = 'http://www.w3.org/2000/svg';

export default function ({ data, parentElement: host }) {
  const layers = (host.__layers ??= createLayers());
  layers.load(data);
  return () => { layers.destroy(); delete host.__layers; };
}

function createLayers() {
  const node = document.createElement('div');
  node.className = 'latent-layers';
  node.setAttribute('aria-hidden', 'true');      // the sentences below the map say it
  const layers = {};
  let meta = null, loaded = null;

  /** Unpack `[u32 length][JSON header][one PNG after the other]`. */
  layers.load = (bytes) => {
    if (bytes === loaded) return;
    loaded = bytes;
    node.querySelectorAll('img').forEach((image) => URL.revokeObjectURL(image.src));
    node.replaceChildren();
    const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
    meta = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
    let start = 4 + length;
    for (const { size, smooth } of meta.pictures) {
      const image = node.appendChild(new Image());
      image.src = URL.createObjectURL(new Blob([bytes.subarray(start, start += size)], { type: 'image/png' }));
      image.style.imageRendering = smooth ? 'auto' : 'pixelated';
    }
    if (meta.prior) {
      const svg = node.appendChild(document.createElementNS(SVG, 'svg'));
      for (const sigma of CIRCLES) {
        svg.appendChild(document.createElementNS(SVG, 'circle'));
        svg.appendChild(document.createElementNS(SVG, 'text')).textContent = `${sigma} σ`;
      }
    }
    draw();
  };

  const draw = () => {
    const chart = meta && document.querySelector(chartSelector(meta.chart));
    const area = plotArea(chart);
    if (!area || chart._fullLayout.meta !== meta.map) { node.remove(); return; }
    const below = chart.querySelector('.svg-container');
    if (node.parentElement !== below) below.prepend(node);
    coverPlotArea(node, area, below.getBoundingClientRect());
    const { xaxis, yaxis } = area;
    node.querySelectorAll('img').forEach((image, i) => {
      const [left, right, bottom, top] = meta.pictures[i].extent;
      const x = xaxis.d2p(left), y = yaxis.d2p(top);
      Object.assign(image.style, {
        left: `${x}px`, top: `${y}px`,
        width: `${xaxis.d2p(right) - x}px`, height: `${yaxis.d2p(bottom) - y}px`,
      });
    });
    node.querySelectorAll('circle').forEach((circle, i) => {
      const [x, y] = meta.prior, radius = xaxis.d2p(x + CIRCLES[i]) - xaxis.d2p(x);
      const set = (element, values) =>
        Object.entries(values).forEach(([name, value]) => element.setAttribute(name, value));
      set(circle, { cx: xaxis.d2p(x), cy: yaxis.d2p(y), r: radius });
      set(circle.nextSibling, { x: xaxis.d2p(x), y: yaxis.d2p(y) - radius - 3 });
    });
  };

  const stop = followChart(draw);
  layers.destroy = () => { stop(); node.remove(); };
  return layers;
}
