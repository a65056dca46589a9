/**
 * `util.time`, whose formats are those of Java's DateTimeFormatter.
 *
 * The letters of dates, times and offsets from UTC are there; time zones with a name are not, since
 * the engine knows none of them.
 * https://docs.aws.amazon.com/appsync/latest/devguide/time-helpers-in-util-time-js.html
 * https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html
 */

const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const MONTHS = `January February March April May June July August September October November
  December`.split(/\s+/);
const MINUTE = 60_000;
const digits = (value, width) => padStart.call(String(value), width, '0');
const named = (names, index, width) => (width === 4 ? names[index] : names[index].slice(0, 3));

/** The text of each letter of a format, for a date in UTC and the minutes that it was shifted by. */
const LETTERS = {
  y: (date, width) => (width === 2 ? digits(date.getUTCFullYear() % 100, 2) : digits(date.getUTCFullYear(), width)),
  M: (date, width) => (width > 2 ? named(MONTHS, date.getUTCMonth(), width) : digits(date.getUTCMonth() + 1, width)),
  d: (date, width) => digits(date.getUTCDate(), width),
  E: (date, width) => named(DAYS, date.getUTCDay(), width),
  a: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  H: (date, width) => digits(date.getUTCHours(), width),
  h: (date, width) => digits(date.getUTCHours() % 12 || 12, width),
  m: (date, width) => digits(date.getUTCMinutes(), width),
  s: (date, width) => digits(date.getUTCSeconds(), width),
  S: (date, width) => `${digits(date.getUTCMilliseconds(), 3)}000000`.slice(0, width),
  Z: (_, width, minutes) => offsetText(minutes, ''),
  X: (_, width, minutes) => (minutes === 0 ? 'Z' : offsetText(minutes, width === 3 ? ':' : '')),
  x: (_, width, minutes) => offsetText(minutes, width === 3 ? ':' : ''),
};
LETTERS.u = LETTERS.y;
// Text that a letter has in a timestamp which is read. The names of days tell nothing.
const READABLE = { Z: '[+-]\\d{4}', X: 'Z|[+-]\\d\\d:?\\d\\d', x: '[+-]\\d\\d:?\\d\\d', a: 'AM|PM' };

function offsetText(minutes, colon) {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${digits(Math.floor(size / 60), 2)}${colon}${digits(size % 60, 2)}`;
}

/** The minutes by which the clocks of a zone are ahead of UTC. */
function offsetOf(zone) {
  if (zone === undefined || zone === null || /^(UTC|GMT|Z)$/.test(zone)) return 0;
  const [, sign, hours, minutes] = match.call(zone, /^([+-])(\d\d):?(\d\d)$/) ?? refuse(`The time zone ${zone}`);
  return (sign === '-' ? -1 : 1) * (60 * hours + Number(minutes));
}

/** The parts of a format: a letter with its width, or text that stands for itself. */
function partsOf(format) {
  return match.call(format, /([A-Za-z])\1*|'(?:[^']|'')*'|[^A-Za-z']+/g).map((part) => {
    if (part[0] === "'") return { text: part === "''" ? "'" : part.slice(1, -1).replaceAll("''", "'") };
    if (!/[A-Za-z]/.test(part[0])) return { text: part };
    if (!Object.hasOwn(LETTERS, part[0])) refuse(`The format letter ${part[0]}`);
    return { letter: part[0], width: part.length };
  });
}

function formatted(milliseconds, format, zone) {
  const minutes = offsetOf(zone);
  const date = new NativeDate(milliseconds + minutes * MINUTE);
  const write = ({ text, letter, width }) => text ?? LETTERS[letter](date, width, minutes);
  return partsOf(format).map(write).join('');
}

function parsed(timestamp, format, zone) {
  const parts = partsOf(format);
  const readable = ({ text, letter, width }) => {
    if (text !== undefined) return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    if (letter === 'E' || (letter === 'M' && width > 2)) return '([A-Za-z]+)';
    return `(${READABLE[letter] ?? `\\d{${width === 1 ? '1,2' : width}}`})`;
  };
  const found = match.call(timestamp, new RegExp(`^${parts.map(readable).join('')}$`));
  if (!found) throw new TypeError(`"${timestamp}" is not a timestamp of the format ${format}`);
  const letters = parts.filter(({ letter }) => letter);
  const given = Object.fromEntries(letters.map(({ letter }, i) => [letter === 'u' ? 'y' : letter, found[i + 1]]));
  const offset = given.Z ?? given.X ?? given.x;
  // A format without an offset takes the zone's; what AppSync does without both is not published.
  return fieldsToMilliseconds(given) - offsetOf(offset ?? zone) * MINUTE;
}

function fieldsToMilliseconds({ y = 1970, M = 1, d = 1, H, h = 0, m = 0, s = 0, S = '0', a = 'AM' }) {
  const month = Number(M) || MONTHS.findIndex((name) => name.startsWith(M)) + 1;
  const year = String(y).length === 2 ? 2000 + Number(y) : y;
  const hour = H ?? (h % 12) + (a === 'PM' ? 12 : 0);
  return NativeDate.UTC(year, month - 1, d, hour, m, s, `${S}00`.slice(0, 3));
}

function toIso8601(milliseconds) {
  return new NativeDate(milliseconds).toISOString();
}

function parseIso8601(text) {
  const milliseconds = NativeDate.parse(text);
  if (Number.isNaN(milliseconds)) throw new TypeError(`"${text}" is not an ISO 8601 timestamp`);
  return milliseconds;
}

util.time = guarded('util.time', {
  nowISO8601: () => toIso8601(state.now),
  nowEpochSeconds: () => Math.floor(state.now / 1000),
  nowEpochMilliSeconds: () => state.now,
  nowFormatted: (format, zone) => formatted(state.now, format, zone),
  epochMilliSecondsToSeconds: (milliseconds) => Math.floor(milliseconds / 1000),
  epochMilliSecondsToISO8601: toIso8601,
  epochMilliSecondsToFormatted: formatted,
  parseFormattedToEpochMilliSeconds: parsed,
  parseISO8601ToEpochMilliSeconds: parseIso8601,
});
