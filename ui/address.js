// Streamlit adds a step to the browser's history each time a page writes its address, which all
// pages do at once: Back would lead to the bare address, and from there forth again. So a page's
// address takes the place of its last one, but for the clicks on Explore's map. It is written a
// moment later: Streamlit tells it before the page's own path is there. And what a page still had
// to write when it was left by Back is not written over the address of another.

const MOMENT = 80;   // milliseconds

export default function ({ data }) {
  const address = (history.latentAddress ??= keepAddress());
  address.page = data.page;                      // whose run has come this far
}

function keepAddress() {
  const address = { page: '' };
  const push = history.pushState.bind(history);
  const pageOf = (path) => path.split('/').pop();
  let wanted = '', timer = 0;                    // where Back led, until that page is there
  window.addEventListener('popstate', () => { wanted = pageOf(location.pathname); }, { capture: true });

  const write = (state, title, search) => {
    if (wanted && wanted !== address.page) return;
    wanted = '';
    const url = location.pathname + search + location.hash;
    const isStep = location.search && pageOf(location.pathname) === 'explore';
    if (isStep) push(state, title, url);
    else history.replaceState(state, title, url);
  };
  history.pushState = (state, title, url) => {
    const next = new URL(url ?? '', location.href);
    clearTimeout(timer);
    if (next.pathname === location.pathname) timer = setTimeout(write, MOMENT, state, title, next.search);
    else { wanted = ''; push(state, title, url); }
  };
  return address;
}
