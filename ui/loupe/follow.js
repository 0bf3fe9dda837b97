// What is drawn over or under a chart has to move with it.

const SETTLE = 600;   // milliseconds to follow the chart after the last touch of it

/** Call `draw` whenever the chart may have moved; returns how to stop. */
function followChart(draw) {
  let running = 0, until = 0;
  const step = () => {
    draw();
    running = performance.now() < until ? requestAnimationFrame(step) : 0;
  };
  const follow = () => {
    until = performance.now() + SETTLE;
    running ||= requestAnimationFrame(step);
  };
  const drag = (event) => event.buttons && follow();
  const events = [['wheel', follow], ['dblclick', follow], ['touchmove', follow], ['mousemove', drag]];
  const options = { capture: true, passive: true };
  events.forEach(([name, listener]) => document.addEventListener(name, listener, options));
  window.addEventListener('resize', follow);
  const slow = setInterval(draw, 250);           // a chart that was replaced or moved by layout
  return () => {
    events.forEach(([name, listener]) => document.removeEventListener(name, listener, options));
    window.removeEventListener('resize', follow);
    clearInterval(slow);
    cancelAnimationFrame(running);
  };
}

/** Put `element` over the chart's plot area and no further. */
function coverPlotArea(element, area, box) {
  Object.assign(element.style, {
    left: `${area.left - box.left}px`, top: `${area.top - box.top}px`,
    width: `${area.width}px`, height: `${area.height}px`,
  });
}
