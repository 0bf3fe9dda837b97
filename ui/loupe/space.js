// A click on a dot of the three-dimensional map pins its image, as a click on the map does. Plotly
// says which dot is under the mouse a frame later, under a finger after it is lifted.

const SPACE = '.st-key-explore_space_map .js-plotly-plot';

/** Listen to the chart whenever there is a new one; returns how to stop. */
function pickInSpace() {
  let heard = null, down = null, tapped = false, image = null;
  const pin = () => {
    const { x, y, map } = window.latentPin.data;
    window.latentPin.setTriggerValue('pick', { x, y, image, map });
    tapped = false;
  };
  const over = ({ points: [point] }) => { image = point.customdata; if (tapped) pin(); };
  const leave = () => { image = null; };
  const press = (event) => {
    const { target } = event;
    down = target?.closest?.(SPACE) && !target.closest('.modebar, .legend') ? event : null;
    tapped = false;
    if (event.pointerType !== 'mouse') image = null;
  };
  const release = (event) => {
    const moved = down && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY);
    if (down && moved <= CLICK_SLOP) {
      if (image !== null) pin(); else tapped = event.pointerType !== 'mouse';
    }
    down = null;
  };
  const heardOf = [['plotly_hover', over], ['plotly_click', over], ['plotly_unhover', leave]];
  const listen = () => {
    const chart = document.querySelector(SPACE);
    if (!chart?.on || chart === heard) return;
    heard = chart;
    image = null;
    heardOf.forEach(([name, listener]) => chart.on(name, listener));
  };
  const slow = setInterval(listen, 500);         // Streamlit replaces the chart with each figure
  document.addEventListener('pointerdown', press, true);
  document.addEventListener('pointerup', release, true);
  return () => {
    clearInterval(slow);
    document.removeEventListener('pointerdown', press, true);
    document.removeEventListener('pointerup', release, true);
    heardOf.forEach(([name, listener]) => heard?.removeListener?.(name, listener));
  };
}
