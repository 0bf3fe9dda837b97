// Keeps a grid of decoded images where the cursor finds it, by the chart it belongs to.

export default function ({ data, parentElement: host }) {
  const atlases = (window.latentAtlases ??= new Map());
  if (host.__data !== data) {
    host.__data = data;
    unpack(data).then((atlas) => {
      if (host.__data !== data) return;          // a newer one arrived meanwhile, or none is wanted
      atlases.set(atlas.chart, (host.__atlas = atlas));
      document.dispatchEvent(new Event('latent-atlas'));
    });
  }
  return () => {
    host.__data = null;
    const { chart } = host.__atlas ?? {};
    if (atlases.get(chart) === host.__atlas) atlases.delete(chart);
  };
}
