// The marker: a ring over the pinned place of the map, and the same in words for screen readers.
// It is drawn over the chart, not in it: a changed figure would be sent and drawn anew.

const SETTLE = 600;   // milliseconds to follow the chart after the last touch of it
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
  const marker = { place: null };
  let running = 0, until = 0;

  const draw = () => {
    const chart = marker.place && document.querySelector(chartSelector(marker.place.chart));
    const area = plotArea(chart);
    if (!area) { clip.remove(); return; }
    if (clip.parentElement !== chart) {
      chart.style.position = 'relative';
      chart.appendChild(clip);
    }
    const box = chart.getBoundingClientRect();
    Object.assign(clip.style, {
      left: `${area.left - box.left}px`, top: `${area.top - box.top}px`,
      width: `${area.width}px`, height: `${area.height}px`,
    });
    const x = area.xaxis.d2p(marker.place.x), y = area.yaxis.d2p(marker.place.y);
    // Beyond the edge the ring stops inside it, dashed: the pinned place lies further that way.
    const beyond = within(x, 0, area.width) !== x || within(y, 0, area.height) !== y;
    const margin = beyond ? RADIUS : 0;
    const ringX = within(x, margin, area.width - margin);
    const ringY = within(y, margin, area.height - margin);
    ring.classList.toggle('beyond', beyond);
    ring.style.transform = `translate(${ringX}px, ${ringY}px)`;
  };
  const step = () => {
    draw();
    running = performance.now() < until ? requestAnimationFrame(step) : 0;
  };
  marker.follow = () => {
    until = performance.now() + SETTLE;
    running ||= requestAnimationFrame(step);
  };
  const events = ['wheel', 'dblclick', 'touchmove'];
  const options = { capture: true, passive: true };
  const drag = (event) => event.buttons && marker.follow();
  const show = () => {
    marker.place = window.latentPin?.data;
    status.textContent = marker.place?.announcement ?? '';
    draw();
  };
  document.addEventListener(PINNED, show);
  events.forEach((name) => document.addEventListener(name, marker.follow, options));
  document.addEventListener('mousemove', drag, options);
  window.addEventListener('resize', marker.follow);
  const slow = setInterval(draw, 250);           // a chart that was replaced or moved by layout
  marker.destroy = () => {
    document.removeEventListener(PINNED, show);
    events.forEach((name) => document.removeEventListener(name, marker.follow, options));
    document.removeEventListener('mousemove', drag, options);
    window.removeEventListener('resize', marker.follow);
    clearInterval(slow);
    cancelAnimationFrame(running);
    clip.remove();
    status.remove();
  };
  show();                                        // what was pinned before this was mounted
  return marker;
}
