/**
 * Step 4 of Mutation.createBusinessInGroup, on the Business table: writes the record unless it
 * already exists. Its id is the user's sub, so a repeated confirmation finds the first record. A
 * record that DataStore deleted no longer exists: the new one takes the place of what is left of it.
 */
import { util } from '@aws-appsync/utils';
import { put } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ email: string, groupName: string, name: string, sub: string, username: string }} Args */
/** @typedef {{ name: string, nameKey: string, email: string, emailKey: string }} Texts With keys. */
/** @typedef {import('@aws-appsync/utils').Context<Args, { changes: Texts }>} Ctx */
/**
 * @typedef {Object} Business
 * @property {string} id
 * @property {'Business'} __typename The partition of every index except byOwner.
 * @property {string} owner "sub::username", as Amplify writes owners.
 * @property {string} name
 * @property {string} email
 * @property {string} groupName
 * @property {string} nameKey For search, see makeSearchKeys.js.
 * @property {string} emailKey For search, see makeSearchKeys.js.
 * @property {string} createdAt ISO 8601, UTC, milliseconds.
 * @property {string} updatedAt ISO 8601, UTC, milliseconds.
 */

/** @param {Ctx} ctx */
export function request(ctx) {
  const { groupName, sub, username } = ctx.args;
  const now = util.time.nowISO8601();
  const stamps = { createdAt: now, updatedAt: now };
  /** @type {Partial<Business>} */
  const item = { __typename: 'Business', owner: `${sub}::${username}`, groupName, ...ctx.stash.changes, ...stamps };
  const isNew = { or: [{ id: { attributeExists: false } }, { _deleted: { eq: true } }] };
  return put({ key: { id: sub }, item, condition: isNew });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { error } = ctx;
  // The condition fails if an earlier confirmation already wrote the record: that is a success too.
  if (error && error.type !== 'DynamoDB:ConditionalCheckFailedException') {
    util.error(error.message, error.type);
  }
  return true;
}
