/** Query.listBusinesses, on an index of the Business table: newest first, page by page. */
import { util } from '@aws-appsync/utils';
import { query } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ name?: { eq?: string } }} Filter As the schema has it; only handed on. */
/** @typedef {{ filter?: Filter | null, limit?: number | null, nextToken?: string | null }} Args */
/** @typedef {{ caller: { owner: string, seesAll: boolean } }} Stash */
/** @typedef {{ items: unknown[], nextToken?: string | null }} Page */
/** @typedef {import('@aws-appsync/utils').Context<Args, Stash, undefined, undefined, Page>} Ctx */

const USUAL_LIMIT = 100;
const LARGEST_LIMIT = 1000;

/** @param {Ctx} ctx */
export function request(ctx) {
  const { filter, nextToken } = ctx.args;
  const { owner, seesAll } = ctx.stash.caller;
  const limit = ctx.args.limit ?? USUAL_LIMIT;
  if (limit < 1 || limit > LARGEST_LIMIT) {
    util.error(`limit must be from 1 to ${LARGEST_LIMIT}.`, 'InvalidInput', null, { field: 'limit' });
  }
  return query({
    index: seesAll ? 'byCreatedAt' : 'byOwner',
    query: seesAll ? { __typename: { eq: 'Business' } } : { owner: { eq: owner } },
    ...(filter && Object.keys(filter).length > 0 ? { filter } : {}),
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
