// Streamlit adds a step to the browser's history each time a page writes its address, which all
// pages do at once: Back would lead to the bare address, and from there forth again. So a page's
// address takes the place of its last one, but for the clicks on Explore's map. What a page still
// had to write when it was left by Back is not written over the address of another. And a page
// that is opened can write its address a moment before its path is there: then it moves there.

const MOMENT = 200;   // milliseconds

export default function ({ data }) {
  const address = (history.latentAddress ??= keepAddress());
  address.page = data.page;                      // whose run has come this far
}

function keepAddress() {
  const address = { page: '' };
  const push = history.pushState.bind(history), replace = history.replaceState.bind(history);
  const pageOf = (path) => path.split('/').pop();
  let wanted = '';                               // where Back led, until that page is there
  let last = null;                               // what was written, over what, and when
  window.addEventListener('popstate', () => { wanted = pageOf(location.pathname); }, { capture: true });

  history.pushState = (state, title, url) => {
    const next = new URL(url ?? '', location.href);
    const isRecent = last && performance.now() - last.at < MOMENT;
    if (next.pathname !== location.pathname) {
      if (isRecent) replace(state, title, last.before);
      push(state, title, isRecent && !next.search ? next.pathname + last.search : url);
      wanted = '';
      last = null;
      return;
    }
    if (wanted && wanted !== address.page) return;
    wanted = '';
    last = { before: isRecent ? last.before : location.href, search: next.search, at: performance.now() };
    const isStep = location.search && pageOf(location.pathname) === 'explore';
    (isStep ? push : replace)(state, title, url);
  };
  return address;
}
