/**
 * Query.getBusiness, on the Business table: one record, for its owner or a caller who sees all. Also
 * the step before deleteBusiness.js. A record that DataStore deleted is none; its item is kept for a
 * while.
 * https://docs.aws.amazon.com/appsync/latest/devguide/conflict-detection-and-sync.html
 */
import { util } from '@aws-appsync/utils';
import { get } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ caller: { owner: string, seesAll: boolean } }} Stash */
/** @typedef {{ id?: string, input?: { id: string } }} Args Those of the query, or of the mutation. */
/** @typedef {{ id: string, owner: string, _deleted?: boolean }} Business The attributes that this file reads. */
/** @typedef {import('@aws-appsync/utils').Context<Args, Stash, undefined, undefined, Business | null>} Ctx */

/** @param {Ctx} ctx */
export function request(ctx) {
  const { id, input } = ctx.args;
  return get({ key: { id: id ?? input?.id }, consistentRead: true });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  const business = ctx.result?._deleted ? null : ctx.result;
  const { owner, seesAll } = ctx.stash.caller;
  // "Not yours" and "not there" get the same answer: otherwise anybody could try out ids.
  if (!seesAll && business?.owner !== owner) util.unauthorized();
  return business;
}
