// Finding a native Plotly chart and converting between its pixels and its units.
// Nothing is attached to the chart itself: Streamlit replaces its node whenever the figure
// changes, so it is looked up by its `st-key-…` class each time it is needed.

const chartSelector = (key) => `.st-key-${CSS.escape(key)} .js-plotly-plot`;

/** The plot area in client pixels and the two axes, or null while the chart is not drawn. */
function plotArea(chart) {
  const layout = chart?._fullLayout;
  if (!layout?.xaxis?.p2d) return null;
  const box = chart.getBoundingClientRect();
  const { xaxis, yaxis } = layout;
  return {
    xaxis, yaxis,
    left: box.left + xaxis._offset, top: box.top + yaxis._offset,
    width: xaxis._length, height: yaxis._length,
  };
}

/** Index of the image whose dot is nearest to client pixels, within `radius` of them; or null. */
function dotNear(chart, clientX, clientY, radius) {
  const { xaxis, yaxis, left, top } = plotArea(chart);
  let nearest = radius, image = null;
  for (const { x, y, customdata } of chart._fullData) {
    for (let i = 0; i < x.length; i++) {
      const distance = Math.hypot(left + xaxis.d2p(x[i]) - clientX, top + yaxis.d2p(y[i]) - clientY);
      if (distance < nearest) { nearest = distance; image = customdata[i]; }
    }
  }
  return image;
}

/** Units under a mouse event, or null outside the plot area. */
function unitsAt(chart, event) {
  const area = plotArea(chart);
  if (!area) return null;
  const x = event.clientX - area.left, y = event.clientY - area.top;
  if (x < 0 || y < 0 || x > area.width || y > area.height) return null;
  return { x: area.xaxis.p2d(x), y: area.yaxis.p2d(y) };
}
