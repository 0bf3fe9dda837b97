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
  image.text.textContent = 'Image';              // until it is known which ones there are
  image.input.step = '1';
  image.input.min = '0';

  const note = row.appendChild(document.createElement('p'));
  note.setAttribute('role', 'status');
  let answered = null;                           // the number that was taken for the typed one
  const answer = (answer, text = '') => { answered = answer; note.textContent = text; };

  const show = () => {
    const pinned = window.latentPin?.data;
    if (!pinned) return;
    x.input.value = pinned.x.toFixed(3);
    y.input.value = pinned.y.toFixed(3);
    image.input.value = pinned.image;
    image.input.max = pinned.lastImage;
    image.text.textContent = pinned.imageLabel;
    if (pinned[answered?.name] !== answered?.taken) answer(null);
  };
  const pick = (change) => {
    const { data: { x, y, map }, setTriggerValue } = window.latentPin;
    setTriggerValue('pick', { x, y, image: null, map, ...change });
  };
  /** Pin the typed number, or the nearest one there is, and say so; without one, the old stays. */
  const onChange = (name, { input, text }, limits) => input.addEventListener('change', () => {
    const typed = input.valueAsNumber;
    if (!Number.isFinite(typed)) { answer(null); return show(); }
    const [low, high, whole] = limits();
    const taken = within(whole ? Math.round(typed) : typed, low, high);
    const [from, to, now] = [low, high, taken].map((number) => number.toLocaleString('en'));
    const kind = whole ? 'whole numbers' : 'numbers';
    if (taken === typed) answer(null);
    else answer({ name, taken }, `${text.textContent}: only ${kind} from ${from} to ${to}, so ${now} was taken.`);
    input.value = taken;                         // what is pinned already is not sent again
    pick({ [name]: taken });
  });
  onChange('x', x, () => [-LIMIT, LIMIT, false]);
  onChange('y', y, () => [-LIMIT, LIMIT, false]);
  onChange('image', image, () => [0, window.latentPin.data.lastImage, true]);

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
