import { noGrades, type Finding } from '../core/finding.ts';
import { findingIndentation, findingLines, gradesText, jsonFinding } from '../report/findings.ts';
import { foldLine } from '../report/fold.ts';
import { jsonHeader, jsonSummary } from '../report/json.ts';
import { elapsed, endOf, streamHeader } from './output.ts';
import { Sink } from './sink.ts';
import { terminalWidth, type Terminal } from './terminal.ts';

/**
 * Prints findings as they come, then how many there are of each grade. The exit code is 1 if a check failed.
 *
 * @param command without options: `directory check`
 */
export async function printFindings(
  command: string,
  format: 'text' | 'json',
  findings: AsyncIterable<Finding>,
  terminal: Terminal,
): Promise<void> {
  const sink = await Sink.open();
  const paint = await terminal.paint(false);
  const width = terminalWidth();
  const grades = noGrades();
  if (format === 'json') await sink.write(jsonHeader(streamHeader(command)));
  for await (const finding of findings) {
    grades[finding.grade]++;
    const lines = format === 'json' ? [] : findingLines(finding, paint);
    const fitting = width === null ? lines : lines.map((line) => foldLine(line, width, findingIndentation()));
    await sink.write(format === 'json' ? jsonFinding(finding) : fitting.map((line) => `${line}\n`).join(''));
  }
  const end = endOf(grades.failed > 0 ? 'failed' : 'done');
  await sink.write(format === 'json' ? jsonSummary(grades, end, elapsed()) : `\n${gradesText(grades)}\n`);
  process.exitCode = end.exitCode;
}
