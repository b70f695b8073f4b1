import type { ServerResponse } from 'node:http';
import type { ServerSettings } from '../../src/directory/application-integration/password.ts';
import { Directory, type SeenRequest } from '../servers/directory.ts';
import { directorySettings } from '../support/run.ts';

const person = (userName: string, n: number) => ({
  userName,
  distinguishedName: `UID=${n},DC=example,DC=com`,
  fullName: `Person ${n} Ö`,
  emailAddresses: [`${userName}@example.com`],
});
export const people = [person('john.doe', 1), person('jane.roe', 2), person('zoe', 3)];

export const login = { userName: 'john.doe', password: 'canary-good' };
export const service = { userName: 'rollcall', password: 'canary-service' };

export const sendJson = (response: ServerResponse, value: unknown, status = 200) => {
  const json = JSON.stringify(value);
  const type = 'application/json; charset=utf-8';
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(json) }).end(json);
};

/** What a directory does that is as the protocol wants it. */
export function beGood({ method, headers, form }: SeenRequest, response: ServerResponse): void {
  const { userName, password } = service;
  const wanted = `Basic ${Buffer.from(`${userName}:${password}`).toString('base64')}`;
  if (method !== 'POST') sendJson(response, { error: 'POST' }, 405);
  else if (headers.authorization !== wanted) sendJson(response, { error: 'service password' }, 401);
  else if (form.get('cmd') === 'list') sendJson(response, people);
  else if (form.get('cmd') === 'auth') {
    const isGood = form.get('userName') === login.userName && form.get('password') === login.password;
    sendJson(response, { authenticated: isGood });
  } else sendJson(response, { error: 'cmd' }, 400);
}

export interface Asked extends SeenRequest {
  /** Which request for a list it is, from 1; 0 for any other. */
  list: number;
  userName: string;
  password: string;
  hasService: boolean;
}

/** Does something else for some of the requests, and says so. */
export type Conduct = (asked: Asked, response: ServerResponse) => unknown;

/** A good directory, apart from the requests that the conduct answers. */
export async function startDirectory(conduct: Conduct = () => undefined): Promise<Directory> {
  const directory = await Directory.start();
  let lists = 0;
  directory.answers(async (seen, response) => {
    const { form, headers, method } = seen;
    const basic = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
    const hasService = basic === `${service.userName}:${service.password}`;
    const isList = method === 'POST' && hasService && form.get('cmd') === 'list';
    const list = isList ? (lists += 1) : 0;
    const [userName, password] = [form.get('userName') ?? '', form.get('password') ?? ''];
    await conduct({ ...seen, list, userName, password, hasService }, response);
    if (!response.headersSent && !response.destroyed) beGood(seen, response);
  });
  return directory;
}

export const settingsFor = (url: string, more: Partial<ServerSettings> = {}): ServerSettings => ({
  ...directorySettings(url),
  authentication: service,
  ...more,
});
