/**
 * Mutation.createBusiness, on the Business table: adds another business with an id of its own, and
 * counts it in the same transaction, so that nobody gets past the most that an owner may have.
 */
import { util } from '@aws-appsync/utils';

/** @typedef {{ caller: { owner: string, groups: string[] }, changes: Record<string, string>, business: unknown }} Stash */
/** @typedef {{ id?: { attributeExists?: boolean } }} Condition See the schema; only passed on. */
/** @typedef {import('@aws-appsync/utils').Context<{ condition?: Condition | null }, Stash>} Ctx */

/** @param {Ctx} ctx */
export function request(ctx) {
  const { caller, changes } = ctx.stash;
  const { ALLOWED_GROUPS, BUSINESS_TABLE: table, MOST_BUSINESSES } = ctx.env;
  const groupName = groupOf(caller.groups, ALLOWED_GROUPS);
  // A caller who is in none of the allowed groups has not been onboarded.
  if (!caller.owner || !groupName) util.unauthorized();
  const now = util.time.nowISO8601();
  const stamps = { __typename: 'Business', createdAt: now, updatedAt: now };
  const item = { owner: caller.owner, groupName, ...stamps, ...changes };
  const id = util.autoId();
  ctx.stash.business = { id, ...item };
  // True where there is no such record; with a value, since DynamoDB refuses an empty map of values.
  const isNew = { id: { ne: id } };
  const given = ctx.args.condition;
  const conditions = given && Object.keys(given).length > 0 ? [isNew, given] : [isNew];
  const most = JSON.parse(MOST_BUSINESSES ?? '1');
  return {
    operation: 'TransactWriteItems',
    transactItems: [
      {
        table,
        operation: 'PutItem',
        key: toMap({ id }),
        attributeValues: toMap(item),
        condition: JSON.parse(util.transform.toDynamoDBConditionExpression({ and: conditions })),
      },
      {
        table,
        operation: 'UpdateItem',
        // Counts the businesses besides the one of the sign-up.
        key: toMap({ id: `count#${caller.owner}` }),
        update: { expression: 'ADD #n :one', expressionNames: { '#n': 'further' }, expressionValues: toMap({ ':one': 1 }) },
        condition: {
          expression: `#n < :most${most > 1 ? ' OR attribute_not_exists(#n)' : ''}`,
          expressionNames: { '#n': 'further' },
          expressionValues: toMap({ ':most': most - 1 }),
        },
      },
    ],
  };
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { error } = ctx;
  if (error) {
    // DynamoDB's message ends with the reason for each write: "... [None, ConditionalCheckFailed]".
    if (error.message.indexOf('[ConditionalCheckFailed') !== -1) {
      util.error('The conditional request failed', 'DynamoDB:ConditionalCheckFailedException');
    }
    if (error.message.indexOf('ConditionalCheckFailed]') !== -1) {
      util.error(`An owner may have ${ctx.env.MOST_BUSINESSES} businesses.`, 'TooManyBusinesses');
    }
    util.error(error.message, error.type);
  }
  return ctx.stash.business;
}

/**
 * In DynamoDB's notation.
 *
 * @param {Record<string, unknown>} item
 */
function toMap(item) {
  return util.dynamodb.toMapValues(item);
}

/**
 * The first allowed group that the caller is in.
 *
 * @param {string[]} groups
 * @param {string | undefined} allowedGroups Comma-separated; spaces around a name do not count.
 */
function groupOf(groups, allowedGroups) {
  const allowed = (allowedGroups ?? '').split(',').map((name) => name.trim());
  return allowed.find((name) => name !== '' && groups.indexOf(name) !== -1);
}
