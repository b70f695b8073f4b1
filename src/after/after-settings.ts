/** What follows a run. Times in milliseconds. */
export interface AfterSettings {
  /** The path of a Prometheus text file. */
  metrics: { file: string } | null;
  webhook: {
    url: string;
    on: Event[];
    headers: Record<string, string>;
    timeout: number;
  } | null;
  ping: { success: string | null; failure: string | null; timeout: number } | null;
  /** How the webhook and the ping are reached. `ca`: PEM certificates to trust instead of the built-in ones. */
  connection: { ca: string | null; proxy: string | null };
}

/** How long writing the metrics may take, in milliseconds. */
export const metricsTimeout = 5_000;

/** What a webhook can be told. */
export const events = ['blocked', 'held', 'failed', 'doubt', 'recovered', 'changed', 'success'] as const;
export type Event = (typeof events)[number];
