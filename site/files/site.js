// The search: its words are read when somebody first searches, from scripts, since a page opened from a disk may fetch nothing.
(() => {
  const top = document.currentScript.dataset.top;
  const form = document.querySelector('form[role=search]');
  const input = form.querySelector('input');
  const found = form.querySelector('.found');
  let search;

  const script = (name) =>
    new Promise((resolve, reject) => {
      const element = document.createElement('script');
      element.src = `${top}site/${name}`;
      element.onload = resolve;
      element.onerror = reject;
      document.head.append(element);
    });

  const load = async () => {
    await Promise.all([script('minisearch.js'), script('sections.js')]);
    const index = new globalThis.MiniSearch({
      fields: ['title', 'page', 'words'],
      storeFields: ['title', 'page', 'to'],
      searchOptions: { boost: { title: 3, page: 2 }, prefix: true, fuzzy: 0.15, combineWith: 'AND' },
    });
    index.addAll(globalThis.quorateSections);
    return index;
  };

  const show = async () => {
    search ??= load();
    const index = await search;
    const results = input.value.trim() === '' ? [] : index.search(input.value).slice(0, 10);
    found.replaceChildren(
      ...results.map(({ title, page, to }) => {
        const link = document.createElement('a');
        link.href = top + to;
        const where = document.createElement('small');
        where.textContent = title === page ? '' : page;
        link.append(title, ' ', where);
        return link;
      }),
    );
    if (results.length === 0 && input.value.trim() !== '') found.textContent = 'Nothing found.';
  };

  form.hidden = false;
  input.addEventListener('input', () => void show());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    found.querySelector('a')?.click();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && !/^(?:INPUT|TEXTAREA)$/.test(document.activeElement?.tagName ?? '')) {
      event.preventDefault();
      input.focus();
    } else if (event.key === 'Escape' && form.contains(document.activeElement)) {
      input.value = '';
      found.replaceChildren();
      input.blur();
    }
  });

  // On a wide screen the list of contents is always there, and the page that is shown is in sight in it.
  const menu = document.querySelector('details.menu');
  const wide = matchMedia('(min-width: 60rem)');
  const settle = () => {
    menu.open = wide.matches;
    const current = menu.querySelector('[aria-current]');
    if (wide.matches && current) menu.scrollTop = current.offsetTop - menu.clientHeight / 2;
  };
  wide.addEventListener('change', settle);
  settle();
})();
