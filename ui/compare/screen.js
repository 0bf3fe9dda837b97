// A small screen for each model, and the marks on its map.

function createScreen(row, key, title) {
  const figure = row.appendChild(document.createElement('figure'));
  const canvas = figure.appendChild(document.createElement('canvas'));
  const caption = figure.appendChild(document.createElement('figcaption'));
  caption.appendChild(document.createElement('b')).textContent = title;
  const words = caption.appendChild(document.createElement('span'));
  return { key, figure, canvas, words, context: canvas.getContext('2d'), image: null, atlas: null };
}

/** Fit the canvas to the grid's images. */
function tune(screen, atlas) {
  if (screen.atlas === atlas) return;
  screen.atlas = atlas;
  if (!atlas) return;
  Object.assign(screen.canvas, { width: atlas.width, height: atlas.height });
  screen.image = screen.context.createImageData(atlas.width, atlas.height);
  screen.image.data.fill(255);                   // opaque
}

const say = (screen, text) => { if (screen.words.textContent !== text) screen.words.textContent = text; };

const placeText = (screen, { x, y }) =>
  (screen.strip ? [x] : [x, y]).map((value) => value.toFixed(2)).join(', ');

/**
 * What the model decodes at a place of its map, and where that is. Of a map that does not show
 * all of a code, an image's place says only what codes near it look like.
 */
function paint(screen, atlas, place, isNear = false) {
  tune(screen, atlas);
  const inside = Boolean(atlas && place) && blend(atlas, place.x, place.y, screen.image);
  screen.figure.classList.toggle('beyond', !inside);
  if (atlas && place) screen.context.putImageData(screen.image, 0, 0);
  if (!atlas) say(screen, 'loading…');
  else if (!place) say(screen, '');
  else say(screen, placeText(screen, place) + (inside ? (isNear ? ' (near it)' : '') : ': off its map'));
}

/** An image of an album, by its number; false if it is not there. */
function paintFrom(screen, album, number) {
  tune(screen, album ?? screen.atlas);
  const at = album && (album.at ??= new Map(album.nodesX.map((index, i) => [index, i])));
  const cell = at?.get(number);
  if (cell === undefined || album.undefined.has(cell)) return false;
  const { cells, channels, width, height } = album, plane = width * height;
  const here = cell * plane * channels, pixels = screen.image.data;
  for (let k = 0, p = 0; k < plane; k++, p += 4) {
    for (let c = 0; c < 3; c++) pixels[p + c] = cells[here + (channels === 3 ? c * plane + k : k)];
  }
  screen.figure.classList.remove('beyond');
  screen.context.putImageData(screen.image, 0, 0);
  return true;
}

/** The image itself, if it is among those that came with the page. */
function paintOriginal(screen, album, number) {
  if (!album) return say(screen, 'loading…');
  say(screen, number === null ? 'none: a place' : `no. ${number}`);
  if (paintFrom(screen, album, number)) return undefined;
  if (number !== null) say(screen, `no. ${number}: not on the maps`);
  screen.figure.classList.add('beyond');
  return screen.context.clearRect(0, 0, album.width, album.height);
}

/** Flat lists of the chart's dots, made anew when its dots are. */
function dotsOf(screen, chart) {
  const traces = chart._fullData, source = traces[0]?.x;
  if (screen.source === source && screen.places) return screen;
  const [xs, ys, images] = [[], [], []];
  screen.names = new Map();
  screen.places = new Map();
  for (const { x, y, customdata, name } of traces) {
    for (let i = 0; i < x.length; i++) {
      xs.push(x[i]); ys.push(y[i]); images.push(customdata[i]);
      screen.names.set(customdata[i], name);
      screen.places.set(customdata[i], { x: x[i], y: y[i] });
    }
  }
  return Object.assign(screen, { source, xs: Float64Array.from(xs), ys: Float64Array.from(ys), images });
}

const placeOf = (screen, chart, image) => dotsOf(screen, chart).places.get(image) ?? null;

/** Number of the image whose dot is nearest to a place, within `radius` pixels of it; or null. */
function dotAt(screen, chart, x, y, radius) {
  const { xs, ys, images } = dotsOf(screen, chart);
  const { xaxis, yaxis } = chart._fullLayout;
  const [wide, high] = [xaxis.d2p(1) - xaxis.d2p(0), yaxis.d2p(1) - yaxis.d2p(0)];   // pixels a unit
  let nearest = radius * radius, found = null;
  for (let i = 0; i < xs.length; i++) {
    const [right, up] = [(xs[i] - x) * wide, (ys[i] - y) * high];
    const distance = right * right + up * up;
    if (distance < nearest) { nearest = distance; found = images[i]; }
  }
  return found;
}

/** Lay the marks over the map; this asks for the page's layout, so no frame of the mouse does. */
function cover(screen, chart) {
  const area = plotArea(chart);
  if (!area) { screen.marks?.clip.remove(); return; }
  screen.marks ??= createMarks();
  const { clip } = screen.marks;
  if (clip.parentElement !== chart) {
    chart.style.position = 'relative';
    chart.appendChild(clip);
  }
  coverPlotArea(clip, area, chart.getBoundingClientRect());
}

/** Move a mark to a place of the map, or put it away. */
function put(node, chart, place) {
  const { xaxis, yaxis } = chart._fullLayout;
  const shown = place ? 'block' : 'none';
  if (node.style.display !== shown) node.style.display = shown;
  if (place) node.style.transform = `translate(${xaxis.d2p(place.x)}px, ${yaxis.d2p(place.y)}px)`;
}

function createMarks() {
  const clip = document.createElement('div');    // clips the marks to the plot area
  clip.className = 'compare-marks';
  clip.setAttribute('aria-hidden', 'true');
  const [pin, cursor] = [0, 1].map(() => clip.appendChild(document.createElement('div')));
  pin.className = 'pin';
  return { clip, pin, cursor };
}
