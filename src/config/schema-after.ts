import { z } from 'zod';
import { events } from '../after/after-settings.ts';
import { reasonAgainstField } from './header-names.ts';
import { headers } from './schema-headers.ts';
import { duration, isSection, proxyUrl, text, webhookUrl } from './values.ts';

export const afterSchema = z
  .strictObject({
    metrics: z
      .strictObject({ file: text.describe('a text file for the node exporter, replaced after each run') })
      .optional()
      .describe('for Prometheus'),
    webhook: z
      .strictObject({
        url: webhookUrl.optional().describe('an address of Slack, Mattermost or your own; it is a secret'),
        urlFile: text.optional().describe('a file that contains it'),
        on: z
          .array(z.enum(events, { error: `must be one of ${events.join(', ')}` }))
          .min(1, 'must not be empty')
          .default(['blocked', 'held', 'failed', 'doubt', 'recovered'])
          .describe('what is worth a message; also changed and success'),
        headers: headers(reasonAgainstField).default({}),
        timeout: duration.default('10s').describe('for all attempts together'),
      })
      .refine((value) => (value.url === undefined) !== (value.urlFile === undefined), {
        error: 'needs exactly one of url and urlFile',
        when: isSection,
      })
      .optional()
      .describe('a message when something changes for the worse or the better'),
    ping: z
      .strictObject({
        success: webhookUrl.optional().describe('requested after each run that was committed'),
        failure: webhookUrl.optional().describe('requested after each run that failed or was blocked'),
        timeout: duration.default('10s').describe('for all attempts together'),
      })
      .refine((value) => value.success !== undefined || value.failure !== undefined, {
        error: 'needs at least one of success and failure',
        when: isSection,
      })
      .optional()
      .describe('for Healthchecks and similar services'),
    tls: z
      .strictObject({
        caFile: text.optional().describe('certificates (PEM) to trust instead of the built-in ones'),
      })
      .optional()
      .describe('for the webhook and the ping'),
    proxy: proxyUrl.optional().describe('an HTTP proxy for the webhook and the ping'),
  })
  .prefault({})
  .describe('what follows sync now and plan apply; it never changes their outcome');
