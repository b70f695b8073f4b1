import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { onFreePort } from '../servers/workspace.ts';
import { binary } from '../support/launch.ts';
import { absent, describeWith } from './program.ts';

const path = 'docs/first-night.md';

interface Step {
  typed: string;
  /** What the page says that it prints; null if it says nothing. */
  shown: string | null;
}

function steps(page: string): Step[] {
  const blocks = [...page.matchAll(/^```(.+)\n([^]*?)^```$/gm)].map(([, kind, text = '']) => ({
    kind,
    text,
  }));
  return blocks.flatMap(({ kind, text }, i) => {
    const next = blocks[i + 1];
    return kind === 'sh example' ? [{ typed: text, shown: next?.kind === 'text' ? next.text : null }] : [];
  });
}

/** Times, and where the folder and the ports are: all that differs from one machine to the next. */
const plain = (output: string, folder: string) =>
  output
    .replaceAll(folder, '/srv/rollcall')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}/g, '2026-11-26 03:00:00 +0100')
    .replace(/took \d+\.\d s/g, 'took 0.4 s')
    .replace(/succeeded \d+ seconds? ago/g, 'succeeded 2 seconds ago');

describeWith('python3', absent('/usr/bin/python3'), () => {
  test('the story of the first night is true, word for word', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rollcall-first-night-'));
    const bin = join(folder, '..', `${folder.split('/').at(-1)}-bin`);
    try {
      await onFreePort((directory) =>
        onFreePort((webhook) => {
          const page = readFileSync(path, 'utf8');
          const told = steps(page);
          spawnSync('mkdir', ['-p', bin]);
          symlinkSync(binary, join(bin, 'rollcall'));
          const mark = '--- next step ---';
          const script = told
            .map(({ typed }) =>
              typed.replaceAll('8080', String(directory)).replaceAll('9000', String(webhook)),
            )
            // The servers of a reader have had time to start.
            .map((typed) => `${typed.replace(/&\n/g, '& sleep 1\n')}echo '${mark}'\n`)
            .join('');
          const { stdout, status } = spawnSync(
            '/bin/bash',
            [
              '-c',
              `exec 2>&1; trap 'kill $(jobs -p)' EXIT\n${script.replaceAll('~/rollcall', resolve('.'))}`,
            ],
            {
              cwd: folder,
              encoding: 'utf8',
              env: {
                PATH: `${bin}:${process.env['PATH'] ?? ''}`,
                HOME: folder,
                LISTEN: `127.0.0.1:${directory}`,
              },
            },
          );
          expect(status).toBe(0);
          const printed = plain(stdout, folder).replaceAll(`:${directory}/`, ':8080/').split(`${mark}\n`);
          const outputs = told.map((_, i) => printed[i] ?? '');
          if (process.env['UPDATE_DOCS']) writeFileSync(path, rewritten(page, told, outputs));
          else expect(outputs).toEqual(told.map(({ shown }) => shown ?? ''));
          return Promise.resolve();
        }),
      );
    } finally {
      rmSync(folder, { recursive: true });
      rmSync(bin, { recursive: true, force: true });
    }
  });
});

/** The page with what its commands print now. */
function rewritten(page: string, told: Step[], outputs: string[]): string {
  return told.reduce((text, { typed, shown }, i) => {
    const block = `\`\`\`sh example\n${typed}\`\`\`\n`;
    const old = shown === null ? block : `${block}\n\`\`\`text\n${shown}\`\`\`\n`;
    const output = outputs[i] ?? '';
    return text.replace(old, () => (output === '' ? block : `${block}\n\`\`\`text\n${output}\`\`\`\n`));
  }, page);
}
