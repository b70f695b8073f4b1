import type { AfterSettings } from '../../after/after-settings.ts';
import type { Finding } from '../../core/finding.ts';
import { hookFindings } from './hook-steps.ts';
import type { Machine } from './machine-steps.ts';
import { metricsFindings } from './metrics-step.ts';
import { moment, type Patience } from './patience.ts';

/** What follows a run, as far as it shows without telling anybody anything; nothing about what is not configured. */
export async function afterFindings(
  { metrics, webhook, ping, connection }: AfterSettings,
  { uid }: Machine,
  patience: Patience,
): Promise<Finding[]> {
  const hooks = [
    { check: 'afterWebhook', urls: webhook === null ? [] : [webhook.url], key: 'after.webhook' } as const,
    {
      check: 'afterPing',
      urls: [ping?.success, ping?.failure].filter((url) => typeof url === 'string'),
      key: 'after.ping',
    } as const,
  ];
  const found = await Promise.all([
    metrics === null ? [] : patience.step('afterMetrics', moment, () => metricsFindings(metrics.file, uid)),
    ...hooks.map((hook) => hookFindings(hook, connection, patience)),
  ]);
  return found.flat();
}
