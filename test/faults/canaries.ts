/** Each is nowhere else in the world, and in none of its own encodings harmless. */
export const canaries = {
  directory: 'canary-directory-q7w8e9',
  database: 'canary-database-a4s5d6',
  environment: 'canary-environment-y1x2c3',
  login: 'canary-login-p0o9i8',
};

export const ok = (body: string, status = '200 OK', more = '') =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
