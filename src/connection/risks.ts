import { isIPv4 } from 'node:net';
import { isSocket, targetName, type Connection, type Target } from './connection.ts';

const isLoopback = ({ host }: Target) =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** What is risky about a connection to another machine, in one line; none if nothing is. */
export function risksOf({ targets, tls: { mode, isVerified } }: Connection): string[] {
  const remote = targets.filter((target) => !isSocket(target) && !isLoopback(target));
  if (remote.length === 0) return [];
  const hosts = remote.map(targetName).join(' and ');
  if (mode === 'disable') return [`the connection to ${hosts} is not encrypted; ${advice}`];
  if (mode === 'allow' || mode === 'prefer')
    return [`the connection to ${hosts} may be unencrypted (sslmode=${mode}); ${advice}`];
  return isVerified ? [] : [`any server can pose as ${hosts} (sslmode=${mode}); ${advice}`];
}

const advice = 'use sslmode=verify-full';
