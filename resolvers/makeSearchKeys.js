/**
 * The step before a name or an e-mail address is written to the Business table: adds the keys by
 * which they are searched. What the rules are for, businesses/records/search_keys.py says, which
 * has the same ones.
 */
import { util } from '@aws-appsync/utils';

/** @typedef {{ name?: string, nameKey?: string, email?: string, emailKey?: string }} Changes */
/** @typedef {{ name: string, email: string }} SignUp The arguments of createBusinessInGroup. */
/** @typedef {import('@aws-appsync/utils').Context<SignUp, { changes?: Changes }>} Ctx */

// UTF-16 units in order: the first of a range, the one after its last, the first of the next ...
const INVISIBLE =
  '\u00ad\u00ae\u034f\u0350\u061c\u061d\u180b\u1810\u200b\u2010\u202a\u202f\u2060\u2070\u3164\u3165\udb40\udb44\ufe00\ufe10\ufeff\uff00\uffa0\uffa1';
const SPACES = '\t\u000e\u0085\u0086\u1680\u1681\u2028\u202a';
const NEW_LETTERS = '\u0897\u0898\u1acf\u1b00\u1c89\u1c8b\ua7cb\ua7f2\ud800\ud835\ud836\ud83c';

/** No service is called. */
export function request() {
  return { payload: null };
}

/**
 * Stashes the texts with their keys: those of a sign-up, or those that an owner changes. DynamoDB
 * takes no empty key, so an empty text gets none.
 *
 * @param {Ctx} ctx
 */
export function response(ctx) {
  const { name, email } = ctx.args;
  const changes = ctx.stash.changes ?? { name, email };
  if (changes.name) changes.nameKey = searchKey(changes.name);
  if (changes.email) changes.emailKey = searchKey(changes.email);
  ctx.stash.changes = changes;
  return null;
}

/**
 * What a text is compared by. At most 256 units: an index's sort key holds 1,024 bytes, and a longer
 * one makes the whole write fail.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 *
 * @param {string} text
 */
function searchKey(text) {
  const units = text.split('');
  // Of a surrogate pair, the first unit tells whether the character is seen.
  const lead = units.map((unit, i) => (isWithin('\udc00\ue000', unit) ? units[i - 1] : unit));
  const seen = units.filter((_, i) => !isWithin(INVISIBLE, lead[i]));
  const words = seen.map((unit) => (isWithin(SPACES, unit) ? ' ' : unit)).join('').split(' ');
  const folded = words.map((word) => fold(word)).join(' ').split(' ');
  const key = folded.filter((word) => word !== '').join(' ') || text;
  // Half a surrogate pair must not be left at the end: DynamoDB accepts only whole characters.
  return key.slice(0, isWithin('\ud800\udc00', key.charAt(255)) ? 255 : 256);
}

/**
 * The word in lower case, and in one form of those that look the same.
 *
 * @param {string} word
 */
function fold(word) {
  if (word.split('').some((unit) => isWithin(NEW_LETTERS, unit))) return word;
  const lower = util.str.normalize(word, 'nfkc').toLowerCase().toUpperCase().toLowerCase();
  // The lower case of a sigma depends on where it stands, and that of an I with a dot keeps the dot.
  const plain = lower.split('\u03c2').join('\u03c3').split('i\u0307').join('i');
  return util.str.normalize(plain, 'nfkc');
}

/**
 * @param {string} edges Of ranges, see above.
 * @param {string | undefined} unit
 */
function isWithin(edges, unit = '') {
  // Most letters come before all ranges.
  return unit >= edges.charAt(0) && edges.split('').filter((edge) => edge <= unit).length % 2 === 1;
}
