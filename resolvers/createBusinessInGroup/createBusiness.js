/**
 * Step 3 of Mutation.createBusinessInGroup, on the Business table: writes the record unless it
 * already exists. Its id is the user's sub, so a repeated confirmation finds the first record.
 */
import { util } from '@aws-appsync/utils';
import { put } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ email: string, groupName: string, name: string, sub: string, username: string }} Args */
/** @typedef {import('@aws-appsync/utils').Context<Args>} Ctx */
/**
 * @typedef {Object} Business
 * @property {string} id
 * @property {'Business'} __typename The partition of every index except byOwner.
 * @property {string} owner "sub::username", as Amplify writes owners.
 * @property {string} name
 * @property {string} email
 * @property {string} groupName
 * @property {string} nameKey For search, see searchKey.
 * @property {string} emailKey For search, see searchKey.
 * @property {string} createdAt ISO 8601, UTC, milliseconds.
 * @property {string} updatedAt ISO 8601, UTC, milliseconds.
 */

/** @param {Ctx} ctx */
export function request(ctx) {
  const { id, ...attributes } = newBusiness(ctx.args, util.time.nowISO8601());
  /** @type {Partial<Business>} */
  const item = attributes;
  return put({ key: { id }, item, condition: { id: { attributeExists: false } } });
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

/**
 * @param {Args} args
 * @param {string} now ISO 8601, UTC, milliseconds.
 * @returns {Business}
 */
function newBusiness({ email, groupName, name, sub, username }, now) {
  return {
    id: sub,
    __typename: 'Business',
    owner: `${sub}::${username}`,
    name,
    email,
    groupName,
    nameKey: searchKey(name),
    emailKey: searchKey(email),
    createdAt: now,
    updatedAt: now,
  };
}

/**
 * The text in lower case and cut: an index's sort key holds 1,024 bytes, and a longer one makes the
 * whole put fail.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 *
 * @param {string} text
 */
function searchKey(text) {
  const key = text.toLowerCase().slice(0, 256);
  const last = key.slice(255);
  // Half a surrogate pair must not be left at the end: DynamoDB accepts only whole characters.
  return last >= '\ud800' && last <= '\udbff' ? key.slice(0, 255) : key;
}
