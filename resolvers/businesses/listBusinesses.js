/**
 * Query.listBusinesses, on an index of the Business table: newest first, page by page, without what
 * DataStore deleted (see getBusiness.js).
 */
import { util } from '@aws-appsync/utils';
import { query } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ eq?: string }} Operators In part; only passed on. */
/** @typedef {{ owner?: Operators | null, createdAt?: Operators | null }} Filter In part. */
/** @typedef {{ filter?: Filter | null, limit?: number | null, nextToken?: string | null }} Args */
/** @typedef {{ caller: { owner: string, seesAll: boolean } }} Stash */
/** @typedef {{ items: { _deleted?: boolean }[], nextToken?: string | null }} Page */
/** @typedef {import('@aws-appsync/utils').Context<Args, Stash, undefined, undefined, Page>} Ctx */

const USUAL_LIMIT = 100;
const LARGEST_LIMIT = 1000;
// The operators that DynamoDB allows on a sort key, one at a time.
const KEY_OPERATORS = ['eq', 'lt', 'le', 'gt', 'ge', 'between', 'beginsWith'];

// Of errors that are not about the arguments.
const OTHERS = ['Throughput', 'Rate', 'not authorized', 'Code: 5'];

/** @param {Ctx} ctx */
export function request(ctx) {
  const { nextToken } = ctx.args;
  const { owner, seesAll } = ctx.stash.caller;
  const limit = ctx.args.limit ?? USUAL_LIMIT;
  if (limit < 1 || limit > LARGEST_LIMIT) refuse('limit', `must be from 1 to ${LARGEST_LIMIT}`);
  // DynamoDB does not allow the keys of the index in a filter.
  const { createdAt, ...filter } = ctx.args.filter ?? {};
  if (filter.owner && !seesAll) refuse('filter.owner', 'is not for owners');
  const key = createdAt ? { createdAt: checked(createdAt) } : {};
  // AppSync makes null of a filter that it cannot read, such as a range with one end.
  if (isIncomplete(ctx.args.filter ?? {}) || !util.transform.toDynamoDBFilterExpression({ ...filter, ...key })) {
    refuse('filter', 'lacks a value');
  }
  return query({
    index: seesAll ? 'byCreatedAt' : 'byOwner',
    query: {
      ...(seesAll ? { __typename: { eq: 'Business' } } : { owner: { eq: owner } }),
      ...key,
    },
    ...(Object.keys(filter).length > 0 ? { filter } : {}),
    ...(nextToken ? { nextToken } : {}),
    limit,
    scanIndexForward: false,
  });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { error } = ctx;
  if (error) {
    // What DynamoDB does not take has this type, and its words are about keys and expressions.
    if (error.type === 'DynamoDB:DynamoDbException' && !OTHERS.some((words) => error.message.indexOf(words) !== -1)) {
      refuse(ctx.args.nextToken ? 'nextToken' : 'filter', 'cannot be used');
    }
    util.error(error.message, error.type);
  }
  const { items, nextToken } = ctx.result;
  return { items: items.filter((item) => !item._deleted), nextToken };
}

/**
 * Whether a filter has an operator without a value, or a member without any. There is no recursion
 * here to walk through it, so it is its JSON that is looked at, without the texts.
 *
 * @param {Filter} filter
 */
function isIncomplete(filter) {
  const text = JSON.stringify(filter).replaceAll('\\\\', '').replaceAll('\\"', '');
  const shape = text.split('"').filter((_, i) => i % 2 === 0).join('');
  return shape !== '{}' && ['null', '{}', '[]'].some((part) => shape.indexOf(part) !== -1);
}

/** @param {Operators} operators On createdAt, the sort key of both indexes. */
function checked(operators) {
  const [operator, ...more] = Object.keys(operators);
  if (!operator || more.length > 0 || KEY_OPERATORS.indexOf(operator) === -1) {
    refuse('filter.createdAt', `takes one of ${KEY_OPERATORS.join(', ')}`);
  }
  return operators;
}

/**
 * @param {string} field
 * @param {string} why
 */
function refuse(field, why) {
  util.error(`${field} ${why}.`, 'InvalidInput', null, { field });
}
