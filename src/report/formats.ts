import type { MakeFormat } from './format.ts';

/** Every way to print a plan. A format is loaded only when it is used. */
export const formats = {
  text: async () => (await import('./text.ts')).text,
  json: async () => (await import('./json.ts')).json,
  markdown: async () => (await import('./markdown.ts')).markdown,
  html: async () => (await import('./html.ts')).html,
} satisfies Record<string, () => Promise<MakeFormat>>;

export type FormatName = keyof typeof formats;
