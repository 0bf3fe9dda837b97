// A click on a dot of the three-dimensional map pins its image, as a click on the map does.

const SPACE = '.st-key-explore_space_map .js-plotly-plot';

/** Listen to the chart whenever there is a new one; returns how to stop. */
function pickInSpace() {
  let heard = null;
  const pick = ({ points: [point] }) => {
    const { x, y, map } = window.latentPin.data;
    window.latentPin.setTriggerValue('pick', { x, y, image: point.customdata, map });
  };
  const listen = () => {
    const chart = document.querySelector(SPACE);
    if (!chart?.on || chart === heard) return;
    heard = chart;
    chart.on('plotly_click', pick);
  };
  const slow = setInterval(listen, 500);         // Streamlit replaces the chart with each figure
  return () => {
    clearInterval(slow);
    heard?.removeListener?.('plotly_click', pick);
  };
}
