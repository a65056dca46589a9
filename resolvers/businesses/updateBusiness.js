/**
 * Mutation.updateBusiness, on the Business table: changes one of the caller's own records, unless
 * DataStore deleted it (see getBusiness.js).
 */
import { util } from '@aws-appsync/utils';
import { update } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ owner?: { eq?: string } }} Condition See the schema; only passed on. */
/** @typedef {{ condition?: Condition | null, input: { id: string } }} Args */
/** @typedef {{ caller: { owner: string }, changes: Record<string, string> }} Stash */
/** @typedef {import('@aws-appsync/utils').Context<Args, Stash>} Ctx */

/** @param {Ctx} ctx */
export function request(ctx) {
  const { caller, changes } = ctx.stash;
  const { condition, input } = ctx.args;
  // Where there is no _deleted, it differs from true.
  const own = [{ owner: { eq: caller.owner } }, { _deleted: { ne: true } }];
  return update({
    key: { id: input.id },
    update: { ...changes, updatedAt: util.time.nowISO8601() },
    condition: { and: condition && Object.keys(condition).length > 0 ? [...own, condition] : own },
  });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { error, result } = ctx;
  const isOwn = result?.owner === ctx.stash.caller.owner && !result?._deleted;
  // The condition fails for someone else's record and for a missing one: both get the same answer,
  // so that ids stay secret.
  if (error && !isOwn && error.type === 'DynamoDB:ConditionalCheckFailedException') {
    util.unauthorized();
  }
  if (error) util.error(error.message, error.type);
  return result;
}
