/** Query.listBusinesses, on an index of the Business table: newest first, page by page. */
import { util } from '@aws-appsync/utils';
import { query } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ eq?: string }} Operators In part; only passed on. */
/** @typedef {{ owner?: Operators | null, createdAt?: Operators | null }} Filter In part. */
/** @typedef {{ filter?: Filter | null, limit?: number | null, nextToken?: string | null }} Args */
/** @typedef {{ caller: { owner: string, seesAll: boolean } }} Stash */
/** @typedef {{ items: unknown[], nextToken?: string | null }} Page */
/** @typedef {import('@aws-appsync/utils').Context<Args, Stash, undefined, undefined, Page>} Ctx */

const USUAL_LIMIT = 100;
const LARGEST_LIMIT = 1000;
// The operators that DynamoDB allows on a sort key, one at a time.
const KEY_OPERATORS = ['eq', 'lt', 'le', 'gt', 'ge', 'between', 'beginsWith'];

/** @param {Ctx} ctx */
export function request(ctx) {
  const { nextToken } = ctx.args;
  const { owner, seesAll } = ctx.stash.caller;
  const limit = ctx.args.limit ?? USUAL_LIMIT;
  if (limit < 1 || limit > LARGEST_LIMIT) refuse('limit', `must be from 1 to ${LARGEST_LIMIT}`);
  // DynamoDB does not allow the keys of the index in a filter.
  const { createdAt, ...filter } = ctx.args.filter ?? {};
  if (filter.owner && !seesAll) refuse('filter.owner', 'is not for owners');
  return query({
    index: seesAll ? 'byCreatedAt' : 'byOwner',
    query: {
      ...(seesAll ? { __typename: { eq: 'Business' } } : { owner: { eq: owner } }),
      ...(createdAt ? { createdAt: checked(createdAt) } : {}),
    },
    ...(Object.keys(filter).length > 0 ? { filter } : {}),
    ...(nextToken ? { nextToken } : {}),
    limit,
    scanIndexForward: false,
  });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  const { items, nextToken } = ctx.result;
  return { items, nextToken };
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
