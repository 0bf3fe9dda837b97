// The marker: a ring over the pinned place of the map, and the same in words for screen readers.
// It is drawn over the chart, not in it: a changed figure would be sent and drawn anew.

const RADIUS = 14;    // pixels of the ring with its outline
const PINNED = 'latent-pinned';

function createMarker(host) {
  const status = document.createElement('p');
  status.className = 'latent-announcement';
  status.setAttribute('role', 'status');
  host.appendChild(status);
  const clip = document.createElement('div');  // clips the ring to the plot area
  clip.className = 'latent-pin';
  clip.setAttribute('aria-hidden', 'true');
  const ring = clip.appendChild(document.createElement('div'));
  const spread = clip.appendChild(document.createElement('i'));   // the posterior's sigma, to scale
  const marker = { place: null };

  const draw = () => {
    const chart = marker.place && document.querySelector(chartSelector(marker.place.chart));
    const area = plotArea(chart);
    if (!area) { clip.remove(); return; }
    if (clip.parentElement !== chart) {
      chart.style.position = 'relative';
      chart.appendChild(clip);
    }
    coverPlotArea(clip, area, chart.getBoundingClientRect());
    const x = area.xaxis.d2p(marker.place.x), y = area.yaxis.d2p(marker.place.y);
    // Beyond the edge the ring stops inside it, dashed: the pinned place lies further that way.
    const beyond = within(x, 0, area.width) !== x || (!marker.place.strip && within(y, 0, area.height) !== y);
    const margin = beyond ? RADIUS : 0;
    const ringX = within(x, margin, area.width - margin);
    const ringY = within(y, margin, area.height - margin);
    ring.classList.toggle('beyond', beyond);
    ring.style.transform = `translate(${ringX}px, ${ringY}px)`;
    const [long, short, angle] = marker.place.ellipse ?? [0, 0, 0];
    const pixels = area.xaxis.d2p(1) - area.xaxis.d2p(0);   // of a latent unit, on both axes alike
    Object.assign(spread.style, {
      display: long ? 'block' : 'none',
      width: `${2 * long * pixels}px`, height: `${2 * short * pixels}px`,
      transform: `translate(${x}px, ${y}px) translate(-50%, -50%) rotate(${-angle}deg)`,
    });
  };
  const show = () => {
    marker.place = window.latentPin?.data;
    status.textContent = marker.place?.announcement ?? '';
    draw();
  };
  document.addEventListener(PINNED, show);
  const stop = followChart(draw);
  marker.destroy = () => {
    document.removeEventListener(PINNED, show);
    stop();
    clip.remove();
    status.remove();
  };
  show();                                        // what was pinned before this was mounted
  return marker;
}
