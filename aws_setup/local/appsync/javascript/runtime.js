/**
 * What the APPSYNC_JS runtime adds to JavaScript: `util`, `runtime`, and how a handler is run.
 *
 * The files of the runtime share one function scope, which returns `run` to runtime.py. A name of
 * AppSync's that is missing here has a stand-in, which fails with an error that names it.
 * https://docs.aws.amazon.com/appsync/latest/devguide/resolver-util-reference-js.html
 */

// AppSync has no Date; an evaluation gets its time and the seed of its randomness from outside.
const NativeDate = Date;
const parseJson = JSON.parse;
const { charCodeAt, match, normalize, padStart } = String.prototype;
const { defineProperty, getOwnPropertyNames } = Object;
const times = (length, make) => Array(length).fill().map(make);
const state = { now: 0, seed: [1, 2, 3, 4], authType: '', appended: [], logged: [], subscriptionFilter: null, isShort: false };

class UtilError extends Error {
  constructor(message, errorType, data, errorInfo) {
    super(message);
    this.fields = { message, errorType, data, errorInfo };
  }
}

class EarlyReturn extends Error {
  constructor(value, skipTo) {
    super('early return');
    this.value = value;
    this.skipTo = skipTo;
  }
}

function refuse(name) {
  throw new UtilError(`${name} is not supported by the embedded AWS.`, 'NotSupported');
}

/** A stand-in for a function or a namespace that is missing. */
function unsupported(name) {
  return new Proxy(() => null, {
    apply: () => refuse(name),
    get: (_, key) => (typeof key === 'symbol' ? undefined : unsupported(`${name}.${key}`)),
  });
}

/** `members`, with a stand-in for every other name. */
function guarded(name, members) {
  return new Proxy(members, {
    get: (target, key) =>
      typeof key === 'symbol' || Object.hasOwn(target, key)
        ? target[key]
        : unsupported(`${name}.${key}`),
  });
}

// sfc32, a small public-domain generator: ids need to differ, but not to be secret.
function random32() {
  const s = state.seed;
  const sum = (s[0] + s[1] + s[3]) | 0;
  s[3] = (s[3] + 1) | 0;
  s[0] = s[1] ^ (s[1] >>> 9);
  s[1] = (s[2] + (s[2] << 3)) | 0;
  s[2] = ((s[2] << 21) | (s[2] >>> 11)) + sum;
  return sum >>> 0;
}

const randomDouble = () => random32() / 2 ** 32;

function autoId() {
  const bytes = times(16, () => random32() & 255);
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = bytes.map((byte) => padStart.call(byte.toString(16), 2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** https://github.com/ulid/spec: 48 bits of milliseconds, 80 bits of randomness. */
function autoUlid() {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const time = times(10, (_, i) => Math.floor(state.now / 32 ** (9 - i)) % 32);
  const noise = times(16, () => random32() % 32);
  return [...time, ...noise].map((digit) => alphabet[digit]).join('');
}

/** Like java.net.URLEncoder, which AppSync uses: a space becomes +, and only . - * _ are kept. */
function urlEncode(value) {
  const hex = (char) => `%${charCodeAt.call(char, 0).toString(16).toUpperCase()}`;
  return encodeURIComponent(value).replace(/[!'()~]/g, hex).replace(/%20/g, '+');
}

const util = {
  error: (message, errorType, data, errorInfo) => {
    throw new UtilError(message, errorType, data, errorInfo);
  },
  appendError: (message, errorType, data, errorInfo) => {
    state.appended.push({ message, errorType, data, errorInfo });
  },
  // The message names the field and its type, which errors.py adds.
  unauthorized: () => {
    throw new UtilError(null, 'Unauthorized');
  },
  autoId,
  autoUlid,
  authType: () => state.authType,
  // AppSync's patterns are Java's; what both dialects have in common behaves the same.
  matches: (pattern, value) => new RegExp(pattern).test(value),
  urlEncode,
  urlDecode: (value) => decodeURIComponent(value.replace(/\+/g, ' ')),
  base64Encode: (value) => btoa(unescape(encodeURIComponent(value))),
  base64Decode: (value) => decodeURIComponent(escape(atob(value))),
  str: guarded('util.str', {
    normalize: (value, form) => normalize.call(value, form.toUpperCase()),
  }),
  math: guarded('util.math', {
    roundNum: (value) => Math.round(value),
    minVal: (a, b) => Math.min(a, b),
    maxVal: (a, b) => Math.max(a, b),
    randomDouble,
    // Whether the end is among the numbers is not published.
    randomWithinRange: (start, end) => start + Math.floor(randomDouble() * (end - start)),
  }),
};

const runtime = {
  earlyReturn: (value, options) => {
    throw new EarlyReturn(value, options?.skipTo ?? 'NEXT');
  },
};

const globals = {
  util: guarded('util', util),
  runtime: guarded('runtime', runtime),
  extensions: guarded('extensions', {
    setSubscriptionFilter: (filter) => {
      state.subscriptionFilter = filter;
    },
  }),
};

const modules = {
  '@aws-appsync/utils': guarded('@aws-appsync/utils', globals),
  '@aws-appsync/utils/rds': guarded('@aws-appsync/utils/rds', {}),
};

// AppSync's strings have these methods alone.
// https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
const STRING_METHODS = `charAt concat endsWith indexOf lastIndexOf replace replaceAll slice split
  startsWith toLowerCase toUpperCase trim trimEnd trimStart`.split(/\s+/);
const STRING_MEMBERS = ['length', 'constructor', 'toString', 'valueOf', ...STRING_METHODS];

// What AppSync's ESLint plugin denies of arrays and of Object, in its rule no-disallowed-methods.
const DENIED = [
  [Array, 'from of'],
  [Array.prototype, 'copyWithin entries keys toLocaleString values'],
  [Object, `create defineProperties defineProperty freeze getOwnPropertyDescriptor
    getOwnPropertyDescriptors getOwnPropertyNames getOwnPropertySymbols getPrototypeOf is isExtensible
    isFrozen isSealed preventExtensions seal setPrototypeOf`],
].map(([owner, names]) => [owner, names.split(/\s+/)]);

function removeDeniedMethods() {
  for (const [owner, names] of DENIED) for (const name of names) delete owner[name];
}

function removeStringMethods() {
  for (const name of getOwnPropertyNames(String.prototype)) {
    if (!STRING_MEMBERS.includes(name)) delete String.prototype[name];
  }
  delete String.fromCharCode;
  delete String.fromCodePoint;
}

function installGlobals() {
  Object.assign(globalThis, globals);
  removeStringMethods();
  removeDeniedMethods();
  const logger = (level) => (...words) => {
    state.logged.push({ level, words: words.map((word) => JSON.stringify(word)).join(' '), stack: new Error().stack });
  };
  globalThis.console = guarded('console', { log: logger('INFO'), error: logger('ERROR') });
  Math.random = randomDouble;
  // AppSync deviates from JavaScript here: text that is not JSON parses as ''.
  // https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
  JSON.parse = (text, reviver) => {
    try {
      return parseJson(text, reviver);
    } catch {
      return '';
    }
  };
  for (const name of ['Date', 'Promise', 'performance', 'queueMicrotask']) delete globalThis[name];
}

/** Have a program that asks for what another file of the runtime holds, if that is not loaded, tell so. */
function standIn(owner, name) {
  const get = () => {
    state.isShort = true;
    return refuse(name);
  };
  if (!Object.hasOwn(owner, name)) defineProperty(owner, name, { get, enumerable: true, configurable: true });
}

/** The handlers that `program` exports; `program` is a function expression that takes `modules`. */
function load(program) {
  return (0, eval)(program)(modules);
}

function report(error) {
  if (error instanceof EarlyReturn) {
    return { status: 'earlyReturn', value: error.value, skipTo: error.skipTo };
  }
  if (error instanceof UtilError) return { status: 'error', error: error.fields };
  // QuickJS throws null when no memory is left for an error.
  if (error === null) return { status: 'crash', crash: 'InternalError: out of memory' };
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { status: 'crash', crash: `${words}\n${error?.stack}` };
}

/**
 * Load `program` and, if `input` names a handler, run it. Returns JSON, whose `isShort` tells whether
 * the program asked for a file of the runtime that is not loaded.
 */
function run(program, input) {
  const { handler, context, ...given } = parseJson(input);
  Object.assign(state, given);
  for (const name of ['time', 'transform', 'dynamodb']) standIn(util, name);
  standIn(modules, '@aws-appsync/utils/dynamodb');
  installGlobals();
  let outcome;
  let loaded = false;
  try {
    const handlers = load(program);
    loaded = true;
    const exported = Object.keys(handlers);
    if (!handler) outcome = { status: 'loaded', exported };
    else if (!exported.includes(handler)) outcome = { status: 'missing' };
    else outcome = { status: 'ok', value: handlers[handler](context) };
  } catch (error) {
    outcome = report(error);
  }
  const { appended, logged, subscriptionFilter, isShort } = state;
  return JSON.stringify({ ...outcome, loaded, appended, logged, subscriptionFilter, isShort, stash: context?.stash });
}
