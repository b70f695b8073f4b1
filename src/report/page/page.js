'use strict';
{
  const main = document.querySelector('main');
  const controls = document.getElementById('controls');
  const search = /** @type {HTMLInputElement | null} */ (document.getElementById('search'));
  const matches = document.getElementById('matches');
  const boxes = [
    .../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('fieldset input')),
  ];

  /** Without accents, so that "zoe" finds Zoë. @param {string} text */
  const folded = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

  const sections = [
    .../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('section.items')),
  ].map((section) => ({
    section,
    shown: section.querySelector('.shown'),
    // Searching there finds nothing, which proves nothing.
    isIncomplete: section.querySelector('.omitted') !== null,
    rows: [.../** @type {NodeListOf<HTMLElement>} */ (section.querySelectorAll(':scope > ul > li'))],
  }));
  const total = sections.reduce((sum, { rows }) => sum + rows.length, 0);

  /**
   * What each row is found by: everything from outside, which alone stands in `bdi`.
   *
   * @type {Map<HTMLElement, string> | null}
   */
  let texts = null;
  const index = () =>
    new Map(
      sections
        .flatMap(({ rows }) => rows)
        .map((row) => [
          row,
          folded(Array.from(row.querySelectorAll('bdi'), (name) => name.textContent).join('\n')),
        ]),
    );

  const show = () => {
    const wanted = folded(search?.value.trim() ?? '');
    const kinds = new Set(boxes.filter(({ checked }) => checked).map(({ value }) => value));
    if (wanted !== '') texts ??= index();
    let all = 0;
    for (const { section, shown, isIncomplete, rows } of sections) {
      const isWanted = kinds.size === 0 || kinds.has(section.id);
      let here = 0;
      for (const row of rows) {
        const isMatch = isWanted && (wanted === '' || (texts?.get(row)?.includes(wanted) ?? false));
        if (isMatch) here++;
        if (row.hidden === isMatch) row.hidden = !isMatch;
      }
      all += here;
      section.hidden = !isWanted || (here === 0 && !isIncomplete);
      const count = rows.length.toLocaleString('en');
      if (shown)
        shown.textContent = here === rows.length ? count : `${here.toLocaleString('en')} of ${count}`;
    }
    controls?.classList.toggle('filtered', all < total);
    if (matches)
      matches.textContent =
        all < total
          ? `${all.toLocaleString('en')} of ${total.toLocaleString('en')} rows match`
          : `all ${total.toLocaleString('en')} rows are shown`;
  };

  // Several keystrokes between two frames are one search.
  let frame = 0;
  const soon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(show);
  };

  search?.addEventListener('input', soon);
  controls?.addEventListener('change', soon);
  // A link of the legend leads to rows that the filter may hide.
  main?.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element) || target.closest('.legend a') === null || search === null) return;
    search.value = '';
    for (const box of boxes) box.checked = false;
    show();
  });

  if (controls) controls.hidden = false;
  const verdict = document.getElementById('verdict')?.textContent;
  if (verdict) document.title = `${verdict} ${document.title}`;
  show();
}
