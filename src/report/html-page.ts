import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Header } from './format.ts';
import { html, mark, outside, plain } from './html-text.ts';
import { routeOf, savedLines, titleOf } from './words.ts';

// The bundle contains the texts of these files: see rolldown.config.js.
const style = [
  readFileSync(new URL('page/colors.css', import.meta.url), 'utf8'),
  readFileSync(new URL('page/page.css', import.meta.url), 'utf8'),
  readFileSync(new URL('page/items.css', import.meta.url), 'utf8'),
  readFileSync(new URL('page/media.css', import.meta.url), 'utf8'),
].join('');
const script = readFileSync(new URL('page/page.js', import.meta.url), 'utf8');

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but the style and the script of the page itself: it loads nothing, and sends nothing. */
const policy = [
  "default-src 'none'",
  `style-src ${hash(style)}`,
  `script-src ${hash(script)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * Everything before the first item. The slots put what is written last, the result, before the items: on the screen, for
 * screen readers and in the order of focus, without a script.
 */
export function openPage(header: Header): string {
  const { command } = header;
  const title = plain(titleOf(header));
  const route = routeOf(header, outside).replace(' → ', ' <span class="to">→</span> ');
  const saved = savedLines(header, mark)
    .map((line) => `<p class="quiet">${html(line)}</p>`)
    .join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title} · rollcall ${plain(command)}</title>
<style>${style}</style>
</head>
<body>
<header>
<p class="command">rollcall ${plain(command)}</p>
<h1>${title}</h1>
<p>${route}</p>${saved}
</header>
<main>
<template shadowrootmode="open">
<slot name="result"><p>The result, at the end of this file, is not there yet, or the file is incomplete.</p></slot>
<slot name="controls"></slot>
<slot name="first"></slot>
<slot></slot>
</template>
`;
}

/** Everything after the controls. */
export const closePage = ({ version }: Header): string => `</main>
<footer>rollcall ${plain(version)}</footer>
<script>${script}</script>
</body>
</html>
`;
