import type { StatusReport } from '../core/report.ts';
import { deliveryErrorText } from '../core/status.ts';
import { formatAmsterdam } from '../lib/local-time.ts';
import { escapeXml } from './xml-escape.ts';

/** The values of a report as text, as they stand in every format (contract §8.4). */
export interface ReportValues {
  readonly created: string;
  readonly sent: string;
  readonly to: string;
  readonly reference: string;
  readonly status: string;
  /** The number of the error, which CM's templates put where they say "status description". */
  readonly errorCode: string;
  readonly errorText: string;
  readonly channel: string;
  readonly operator: string;
  readonly groupings: readonly [string, string, string];
}

/** What a report says when it is sent at `now` (epoch milliseconds). */
export function readReport(report: StatusReport, now: number): ReportValues {
  const [first, second, third] = report.groupings;
  return {
    created: formatAmsterdam(report.createdAt),
    sent: formatAmsterdam(now),
    to: report.to,
    reference: report.reference ?? '',
    status: String(report.status),
    errorCode: report.error === 0 ? '' : String(report.error),
    errorText: deliveryErrorText(report.error),
    channel: report.channel.toLowerCase(),
    operator: report.operator ?? '',
    groupings: [first ?? '', second ?? '', third ?? ''],
  };
}

/**
 * The report of a test call: about nothing, at the time of the call. The times are there because a server
 * that reads them as dates would stumble over empty ones.
 */
export function emptyReport(now: number): ReportValues {
  const time = formatAmsterdam(now);
  return {
    created: time,
    sent: time,
    to: '',
    reference: '',
    status: '',
    errorCode: '',
    errorText: '',
    channel: '',
    operator: '',
    groupings: ['', '', ''],
  };
}

/** Contract §8.2, with the keys it adds for the remaining fields. Every value is a string. */
export function renderJson(values: ReportValues): string {
  const [first, second, third] = values.groupings;
  return (
    `{"messages":{"msg":{"received":"${values.created}","to":${quote(values.to)}` +
    `,"reference":${quote(values.reference)},"status":{"code":"${values.status}"` +
    `,"errorCode":"${values.errorCode}","errorDescription":${quote(values.errorText)}}` +
    `,"operator":${quote(values.operator)},"send":"${values.sent}","channel":"${values.channel}"` +
    `,"customGrouping":${quote(first)},"customGrouping2":${quote(second)}` +
    `,"customGrouping3":${quote(third)}}}}`
  );
}

/** Contract §8.3, without blanks between the elements. */
export function renderXml(values: ReportValues): string {
  const [first, second, third] = values.groupings;
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n<MESSAGES SENT="${values.sent}">` +
    `<MSG RECEIVED="${values.created}"><TO>${escapeXml(values.to)}</TO>` +
    `<REFERENCE>${escapeXml(values.reference)}</REFERENCE><STATUS><CODE>${values.status}</CODE>` +
    `<ERRORCODE>${values.errorCode}</ERRORCODE>` +
    `<ERRORDESCRIPTION>${escapeXml(values.errorText)}</ERRORDESCRIPTION></STATUS>` +
    `<CHANNEL>${values.channel}</CHANNEL><OPERATOR>${escapeXml(values.operator)}</OPERATOR>` +
    `<CUSTOMGROUPING>${escapeXml(first)}</CUSTOMGROUPING>` +
    `<CUSTOMGROUPING2>${escapeXml(second)}</CUSTOMGROUPING2>` +
    `<CUSTOMGROUPING3>${escapeXml(third)}</CUSTOMGROUPING3></MSG></MESSAGES>`
  );
}

/** The parameters of the GET form (contract §8.5), without "?" and with §8.4's names for the other fields. */
export function renderQuery(values: ReportValues): string {
  const [first, second, third] = values.groupings;
  return (
    `CREATED_S=${encode(values.created)}&DATETIME_S=${encode(values.sent)}` +
    `&GSM=${encode(values.to)}&REFERENCE=${encode(values.reference)}&STATUS=${values.status}` +
    `&STATUSDESCRIPTION=${values.errorCode}&STANDARDERRORTEXT=${encode(values.errorText)}` +
    `&OPERATOR=${encode(values.operator)}&CHANNEL=${values.channel}` +
    `&CUSTOMGROUPING=${encode(first)}&CUSTOMGROUPING2=${encode(second)}` +
    `&CUSTOMGROUPING3=${encode(third)}`
  );
}

const plain = /^[ !#-[\]-~]*$/;
const unreserved = /^[\w.~-]*$/;

function quote(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Percent-encodes for a query; half of a surrogate pair becomes U+FFFD instead of an exception. */
function encode(text: string): string {
  return unreserved.test(text) ? text : encodeURIComponent(text.toWellFormed());
}
