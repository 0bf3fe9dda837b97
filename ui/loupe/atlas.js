// A grid of decoded images, and the picture between its nodes.

/** Split `[u32 length][JSON header][zlib of uint8 cells]` and unpack the cells. */
async function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const meta = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const packed = new Blob([bytes.subarray(4 + length)]).stream();
  const cells = await new Response(packed.pipeThrough(new DecompressionStream('deflate'))).arrayBuffer();
  return { ...meta, undefined: new Set(meta.undefined), cells: new Uint8Array(cells) };
}

const covers = (nodes, value) => value >= nodes[0] && value <= nodes[nodes.length - 1];

/** Index of the ascending node left of a value, and the share of the way to the next, 0 to 1. */
function cellOf(nodes, value) {
  let low = 0, high = nodes.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (nodes[middle] <= value) low = middle; else high = middle;
  }
  const share = (value - nodes[low]) / (nodes[high] - nodes[low]);
  return [low, within(share, 0, 1)];
}

/**
 * Blend the four cells around a place of an atlas into an opaque ImageData of its size; false if
 * the place lies beyond the grid, or one of them is undefined.
 */
function blend(atlas, x, y, image) {
  const { cells, columns, rows, channels, width, height, nodesX, nodesY, undefined: none } = atlas;
  const [column, a] = cellOf(nodesX, x), [row, b] = rows > 1 ? cellOf(nodesY, y) : [0, 0];
  const first = row * columns + column, over = rows > 1 ? first + columns : first;
  const inside = covers(nodesX, x) && (rows === 1 || covers(nodesY, y))
    && ![first, first + 1, over, over + 1].some((cell) => none.has(cell));
  const size = width * height * channels;
  const here = (row * columns + column) * size, right = here + size;
  const above = rows > 1 ? here + columns * size : here, aboveRight = above + size;
  const w0 = (1 - a) * (1 - b), w1 = a * (1 - b), w2 = (1 - a) * b, w3 = a * b;
  const pixels = image.data, plane = width * height;
  for (let k = 0, p = 0; k < plane; k++, p += 4) {
    for (let c = 0; c < 3; c++) {
      const i = channels === 3 ? c * plane + k : k;
      pixels[p + c] = w0 * cells[here + i] + w1 * cells[right + i]
        + w2 * cells[above + i] + w3 * cells[aboveRight + i];
      if (channels === 1) { pixels[p + 1] = pixels[p + 2] = pixels[p]; break; }
    }
  }
  return inside;
}
