const maintainer = 'The rollcall founders <rollcall@users.noreply.github.com>';

/** A version as dpkg compares it: 1.0.0-rc.1 comes before 1.0.0. */
export const debianVersion = (version) => version.replace('-', '~');

/**
 * CHANGELOG.md in the form of Debian.
 *
 * @param version of this package, to which unreleased changes belong
 * @param epoch when they were made, in seconds
 */
export function debianChangelog(markdown, version, epoch) {
  const sections = markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      const [, name = '', day] = /^\[(.+?)\](?: - (\d{4}-\d\d-\d\d))?/.exec(heading) ?? [];
      const date = day === undefined ? new Date(epoch * 1_000) : new Date(day);
      return { name, date, lines: lines.join('\n') };
    });
  const isReleased = sections.some(({ name }) => name === version);
  return sections
    .filter(({ name }) => name !== 'Unreleased' || !isReleased)
    .map(({ name, date, lines }) => {
      const itsVersion = debianVersion(name === 'Unreleased' ? version : name);
      const when = date.toUTCString().replace('GMT', '+0000');
      return `rollcall (${itsVersion}) unstable; urgency=medium\n\n${entries(lines)}\n -- ${maintainer}  ${when}\n`;
    })
    .join('\n');
}

/** Headings and the points under them; other paragraphs are for the reader of the page. */
function entries(markdown) {
  return markdown
    .split(/\n(?=- |### )|\n\n/)
    .flatMap((part) => {
      const heading = /^### (.*)/.exec(part)?.[1];
      if (heading !== undefined) return [`  [ ${heading.trim()} ]\n`];
      return part.startsWith('- ') ? [wrapped(plain(part.slice(2)))] : [];
    })
    .join('');
}

const plain = (markdown) => markdown.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');

function wrapped(text) {
  const lines = [''];
  for (const word of text.trim().split(/\s+/)) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + word.length < 74) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map((line, index) => `${index === 0 ? '  * ' : '    '}${line}\n`).join('');
}
