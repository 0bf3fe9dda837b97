// Another step of a lesson is read from its beginning: wherever the page was scrolled to, its card
// comes into view; where the live side stands beside it, the head of both. The first step that a
// visitor opens stays as the page came.

let shown = null;

export default function ({ data }) {
  const before = shown;
  shown = data;
  if (!before || (before.lesson === data.lesson && before.step === data.step)) return;
  const isOther = before.lesson !== data.lesson;
  requestAnimationFrame(() => {
    const card = document.querySelector('.st-key-learn_step');
    const isBeside = card && card.getBoundingClientRect().right < 0.7 * innerWidth;
    const target = isOther || isBeside ? document.querySelector('[class*="st-key-learn_head"]') : card;
    const top = target?.getBoundingClientRect().top ?? 0;
    if (top < 0 || top > innerHeight / 2) target?.scrollIntoView({ block: 'start' });
  });
}
