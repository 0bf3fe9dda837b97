// Streamlit adds a step to the browser's history each time a page writes its address, which all
// pages do at once: Back would lead to the bare address, and from there forth again. So a page's
// address takes the place of its last one, but for the clicks on Explore's map. What a page still
// had to write when it was left by Back is not written over the address of another. And a page
// that is opened can write its address before its path is there, the longer before the slower the
// machine. So what was written since the visitor's last press moves to the new path, and the page
// that is left gets back the address it had at that press.

export default function ({ data }) {
  const address = (history.latentAddress ??= keepAddress());
  address.page = data.page;                      // whose run has come this far
}

function keepAddress() {
  const address = { page: '' };
  const push = history.pushState.bind(history), replace = history.replaceState.bind(history);
  const pageOf = (path) => path.split('/').pop();
  let wanted = '';                               // where Back led, until that page is there
  let leading = '';                              // where a link leads, until that path is there
  let last = null;                               // what was written since the last press, over what
  const press = (path = '') => { leading = path; last = null; };
  const listen = (kind, hear) => window.addEventListener(kind, hear, { capture: true });
  listen('popstate', () => { wanted = pageOf(location.pathname); press(); });
  listen('pointerdown', () => press());
  listen('keydown', () => press());
  listen('click', (event) => {
    press(pathOf(event));
    if (leading) wanted = '';
  });

  history.pushState = (state, title, url) => {
    const next = new URL(url ?? '', location.href);
    if (next.pathname !== location.pathname) {
      if (last) replace(state, title, last.before);
      push(state, title, last && !next.search ? next.pathname + last.search : url);
      wanted = '';
      if (next.pathname === leading) leading = '';
      last = null;
      return;
    }
    if (wanted && wanted !== address.page) return;
    wanted = '';
    last = { before: last?.before ?? location.href, search: next.search };
    const isStep = !leading && location.search && pageOf(location.pathname) === 'explore';
    (isStep ? push : replace)(state, title, url);
  };
  return address;
}

// Of the page of this app that a click leads to; '' for any other click.
function pathOf(event) {
  const link = event.target.closest?.('a[href]');
  const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey
    || link?.hasAttribute('download') || !['', '_self'].includes(link?.target ?? '');
  if (!link || isElsewhere || !link.protocol.startsWith('http')) return '';
  const isOther = link.origin === location.origin && link.pathname !== location.pathname;
  return isOther ? link.pathname : '';
}
