/** A moment for people, in the zone of this machine: `2026-11-26 03:00:05 +0100`. JSON has UTC. */
export function momentText(moment: Date): string {
  const minutes = -moment.getTimezoneOffset();
  const local = new Date(moment.getTime() + minutes * 60_000).toISOString();
  const offset = Math.abs(minutes);
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(offset / 60))}${two(offset % 60)}`;
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${zone}`;
}

/** The day of a moment, in the zone of this machine. */
export const dayText = (moment: Date): string => momentText(moment).slice(0, 10);

const two = (n: number) => String(n).padStart(2, '0');
