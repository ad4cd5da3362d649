// Reads the Date of a mail (RFC 5322 §3.3 and §4.3). What is no such date is null: a guess would put a message into the wrong week.

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ZONES: Readonly<Record<string, number>> = {
  ut: 0,
  utc: 0,
  gmt: 0,
  z: 0,
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
};
const DATE =
  /^(?:[a-z]{3,9}\s*,?\s+)?(\d{1,2})[\s-]+([a-z]{3})[a-z]{0,6}[\s-]+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d{1,9})?\s*([+-]\d{4}|[a-z]{1,4})?/i;

/**
 * @param value raw value of the Date field
 * @returns the instant, or null when the value is missing, malformed, or outside the years 1900 to 9999 (UTC)
 */
export function parseMailDate(value: string | undefined): Date | null {
  if (value === undefined || value.length > 1_000) return null;
  const text = value
    .replace(/\([^()]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const match = DATE.exec(text);
  if (match === null) return null;
  const [day, hour, minute, second] = [match[1], match[4], match[5], match[6] ?? '0'].map(Number);
  const month = MONTHS.indexOf((match[2] ?? '').toLowerCase());
  const year = wholeYear(match[3] ?? '');
  const offset = zoneMinutes(match[7] ?? 'z');
  if (day === undefined || hour === undefined || minute === undefined || second === undefined) return null;
  if (month === -1 || offset === null || hour > 23 || minute > 59 || second > 60) return null;
  if (day < 1 || day > new Date(Date.UTC(year, month + 1, 0)).getUTCDate()) return null;
  const date = new Date(Date.UTC(year, month, day, hour, minute, second) - offset * 60_000);
  return date.getUTCFullYear() >= 1900 && date.getUTCFullYear() <= 9999 ? date : null;
}

/** Two and three digits as RFC 5322 §4.3 reads them. */
function wholeYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return digits.length === 3 ? 1900 + year : year;
}

/** Minutes east of UTC; unknown names count as UTC (RFC 5322 §4.3), impossible numbers as no zone at all. */
function zoneMinutes(zone: string): number | null {
  const numeric = /^([+-])(\d{2})(\d{2})$/.exec(zone);
  if (numeric === null) return ZONES[zone.toLowerCase()] ?? 0;
  const minutes = Number(numeric[2]) * 60 + Number(numeric[3]);
  if (minutes > 24 * 60) return null;
  return numeric[1] === '-' ? -minutes : minutes;
}
