// Number fields that show the pinned place and image, and pin what is typed into them. They are
// filled here, in the page: as the server's widgets they would be redrawn with every click.

const LIMIT = 1e6;   // latent units

export default function ({ data, parentElement: host }) {
  const fields = (host.__fields ??= createFields(host));
  fields.setAxes(data.axes);
  return () => { fields.destroy(); delete host.__fields; };
}

function createFields(host) {
  const row = document.createElement('div');
  row.className = 'latent-fields';
  host.appendChild(row);
  const field = () => {
    const label = row.appendChild(document.createElement('label'));
    const text = label.appendChild(document.createElement('span'));
    const input = label.appendChild(document.createElement('input'));
    input.type = 'number';
    input.step = 'any';
    return { label, text, input };
  };
  const [x, y, image] = [field(), field(), field()];
  image.input.step = '1';
  image.input.min = '0';

  const show = () => {
    const pinned = window.latentPin;
    if (!pinned) return;
    x.input.value = pinned.x.toFixed(3);
    y.input.value = pinned.y.toFixed(3);
    image.input.value = pinned.image;
    image.input.max = pinned.lastImage;
    image.text.textContent = pinned.imageLabel;
  };
  const within = (value, low, high) => Math.min(Math.max(value, low), high);
  const pick = (detail) => {
    const { x, y, map } = window.latentPin;
    const event = new CustomEvent('latent-pick', { detail: { x, y, image: null, map, ...detail } });
    document.dispatchEvent(event);
  };
  /** Pin a typed number, or put the old one back. */
  const onChange = (input, toDetail) => input.addEventListener('change', () => {
    if (input.value === '' || !Number.isFinite(input.valueAsNumber)) return show();
    pick(toDetail(input.valueAsNumber));
  });
  onChange(x.input, (value) => ({ x: within(value, -LIMIT, LIMIT) }));
  onChange(y.input, (value) => ({ y: within(value, -LIMIT, LIMIT) }));
  onChange(image.input, (value) => ({ image: within(Math.round(value), 0, window.latentPin.lastImage) }));

  document.addEventListener('latent-pinned', show);
  show();
  return {
    setAxes(axes) {
      y.label.hidden = axes.length < 2;
      [x, y].forEach((each, i) => { each.text.textContent = `Place ${axes[i]}, latent units`; });
    },
    destroy() {
      document.removeEventListener('latent-pinned', show);
      row.remove();
    },
  };
}
