/**
 * Mutation.deleteBusiness, on the Business table: removes one of the caller's own records, and
 * anybody's for administrators.
 */
import { util } from '@aws-appsync/utils';
import { remove } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ owner?: { eq?: string } }} Condition See the schema; only passed on. */
/** @typedef {{ condition?: Condition | null, input: { id: string } }} Args */
/** @typedef {{ caller: { owner: string, seesAll: boolean } }} Stash */
/** @typedef {import('@aws-appsync/utils').Context<Args, Stash>} Ctx */

/** @param {Ctx} ctx */
export function request(ctx) {
  const { condition, input } = ctx.args;
  const { owner, seesAll } = ctx.stash.caller;
  const own = seesAll ? { id: { attributeExists: true } } : { owner: { eq: owner } };
  return remove({
    key: { id: input.id },
    condition: condition && Object.keys(condition).length > 0 ? { and: [own, condition] } : own,
  });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { error, result } = ctx;
  const { owner, seesAll } = ctx.stash.caller;
  const isOwn = result && (seesAll || result.owner === owner);
  if (error && (isOwn || error.type !== 'DynamoDB:ConditionalCheckFailedException')) {
    util.error(error.message, error.type);
  }
  // To AppSync, a missing record is a success without a result, and someone else's is an error.
  // Both get the same answer, so that ids stay secret.
  if (error || !result) util.unauthorized();
  return result;
}
