// Streamlit adds a step to the browser's history each time a page writes its address, which all
// pages do at once: Back would lead to the bare address, and from there forth again. So a page's
// address takes the place of its last one, but for the clicks on Explore's map. What a page still
// had to write when it was left by Back is not written over the address of another. And a page
// that is opened can write its address before its path is there, the longer before the slower the
// machine: what is written between a click on a link and the new path is the new page's, and moves
// there. Where a page is opened by no link, what was written a moment before is taken for its own.

const MOMENT = 1000;   // milliseconds

export default function ({ data }) {
  const address = (history.latentAddress ??= keepAddress());
  address.page = data.page;                      // whose run has come this far
}

function keepAddress() {
  const address = { page: '' };
  const push = history.pushState.bind(history), replace = history.replaceState.bind(history);
  const pageOf = (path) => path.split('/').pop();
  let wanted = '';                               // where Back led, until that page is there
  let isLeaving = false;                         // by a link, until the path is another
  let last = null;                               // what was written, over what, and when
  window.addEventListener('popstate', () => {
    wanted = pageOf(location.pathname);
    isLeaving = false;
  }, { capture: true });
  window.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href]');
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || link?.target === '_blank';
    if (!link || isElsewhere || link.origin !== location.origin) return;
    if (link.pathname !== location.pathname) isLeaving = true;
  }, { capture: true });

  history.pushState = (state, title, url) => {
    const next = new URL(url ?? '', location.href);
    const isNext = last && (isLeaving ? last.isLeaving : performance.now() - last.at < MOMENT);
    if (next.pathname !== location.pathname) {
      if (isNext) replace(state, title, last.before);
      push(state, title, isNext && !next.search ? next.pathname + last.search : url);
      wanted = '';
      isLeaving = false;
      last = null;
      return;
    }
    if (wanted && wanted !== address.page) return;
    wanted = '';
    const before = isNext ? last.before : location.href;
    last = { before, search: next.search, at: performance.now(), isLeaving };
    const isStep = !isLeaving && location.search && pageOf(location.pathname) === 'explore';
    (isStep ? push : replace)(state, title, url);
  };
  return address;
}
