// A click on a dot of the three-dimensional map pins its image, as a click on the map does. Plotly
// calls it a click when the button goes down; it is one if it goes up in the same place.

const SPACE = '.st-key-explore_space_map .js-plotly-plot';

/** Listen to the chart whenever there is a new one; returns how to stop. */
function pickInSpace() {
  let heard = null, down = null, image = null;
  const pick = ({ points: [point] }) => { image = point.customdata; };
  const press = (event) => { down = event; image = null; };
  const release = (event) => {
    const moved = down && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY);
    if (image !== null && moved <= CLICK_SLOP) {
      const { x, y, map } = window.latentPin.data;
      window.latentPin.setTriggerValue('pick', { x, y, image, map });
    }
    down = image = null;
  };
  const listen = () => {
    const chart = document.querySelector(SPACE);
    if (!chart?.on || chart === heard) return;
    heard = chart;
    chart.on('plotly_click', pick);
  };
  const slow = setInterval(listen, 500);         // Streamlit replaces the chart with each figure
  document.addEventListener('pointerdown', press, true);
  document.addEventListener('pointerup', release, true);
  return () => {
    clearInterval(slow);
    document.removeEventListener('pointerdown', press, true);
    document.removeEventListener('pointerup', release, true);
    heard?.removeListener?.('plotly_click', pick);
  };
}
