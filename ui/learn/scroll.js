// Another step of a lesson is read from its beginning: wherever the page was scrolled to, its card
// comes into view. The first step that a visitor opens stays as the page came.

let shown = null;

export default function ({ data }) {
  const before = shown;
  shown = data;
  if (!before || (before.lesson === data.lesson && before.step === data.step)) return;
  const isOther = before.lesson !== data.lesson;
  requestAnimationFrame(() => {
    const target = document.querySelector(isOther ? '.st-key-learn_head' : '.st-key-learn_step');
    const top = target?.getBoundingClientRect().top ?? 0;
    if (top < 0 || top > innerHeight / 2) target?.scrollIntoView({ block: 'start' });
  });
}
