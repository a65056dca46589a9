/** Checks what an owner wants to write, and stashes it for the next steps. */
import { util } from '@aws-appsync/utils';

/** @typedef {{ name?: string | null, email?: string | null }} Input */
/** @typedef {{ name?: string, email?: string }} Changes */
/** @typedef {import('@aws-appsync/utils').Context<{ input: Input }, { changes: Changes }>} Ctx */

// The same limit as that of custom:business_name in the user pool.
const LONGEST_NAME = 256;
// RFC 5321, section 4.5.3.1.3, without the brackets.
const LONGEST_EMAIL = 254;
// A record's address has to be an AWSEmail. RFC 822 allows more, but nobody uses it.
const EMAIL = '^[^\\s@"(),:;<>\\[\\\\\\]]+@[^\\s@.]+(\\.[^\\s@.]+)+$';

/** No service is called. */
export function request() {
  return { payload: null };
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { name, email } = ctx.args.input;
  /** @type {Changes} */
  const changes = {};
  if (name !== undefined) changes.name = checked('name', name, LONGEST_NAME);
  if (email !== undefined) {
    changes.email = checked('email', email, LONGEST_EMAIL);
    if (!util.matches(EMAIL, changes.email)) refuse('email', 'must be an e-mail address');
  }
  ctx.stash.changes = changes;
  return null;
}

/**
 * The text without surrounding white space.
 *
 * @param {string} field
 * @param {string | null} value
 * @param {number} longest In characters.
 */
function checked(field, value, longest) {
  const text = (value ?? '').trim();
  if (text === '') refuse(field, 'must not be empty');
  // A character beyond U+FFFF has two units, of which only the first one counts.
  const units = text.split('');
  const isBroken = ['', ...units].some((unit, i) => isFirst(unit) !== isSecond(units[i]));
  if (isBroken) refuse(field, 'must not have half a character');
  if (units.filter((unit) => !isSecond(unit)).length > longest) refuse(field, `must have at most ${longest} characters`);
  return text;
}

/** @param {string} unit */
function isFirst(unit) {
  return unit >= '\ud800' && unit < '\udc00';
}

/** @param {string | undefined} unit */
function isSecond(unit = '') {
  return unit >= '\udc00' && unit <= '\udfff';
}

/**
 * @param {string} field
 * @param {string} why
 */
function refuse(field, why) {
  util.error(`${field} ${why}.`, 'InvalidInput', null, { field });
}
