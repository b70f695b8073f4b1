import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** Debian's Chromium. */
export const executablePath = '/usr/bin/chromium';

/** A page in a real browser, opened as a file like one that somebody was sent. */
export interface Opened {
  page: Page;
  /** Errors, warnings and violations of the policy. */
  complaints: string[];
  /** How long it took until everything was there, in milliseconds. */
  ms: number;
}

export class Screen {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rollcall-page-'));
  readonly #browser: Browser;
  #files = 0;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(): Promise<Screen> {
    return new Screen(await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] }));
  }

  async show(html: string, options: BrowserContextOptions = {}): Promise<Opened> {
    const file = join(this.#folder, `${this.#files++}.html`);
    writeFileSync(file, html);
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) complaints.push(`asks for ${request.url()}`);
    });
    const start = performance.now();
    await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
    return { page, complaints, ms: performance.now() - start };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
