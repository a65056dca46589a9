/** Mutation.deleteBusiness, on the Business table: removes a record of the caller's own. */
import { util } from '@aws-appsync/utils';
import { remove } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ caller: { owner: string } }} Stash */
/** @typedef {import('@aws-appsync/utils').Context<{ input: { id: string } }, Stash>} Ctx */

/** @param {Ctx} ctx */
export function request(ctx) {
  return remove({
    key: { id: ctx.args.input.id },
    condition: { owner: { eq: ctx.stash.caller.owner } },
  });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { error, result } = ctx;
  if (error && error.type !== 'DynamoDB:ConditionalCheckFailedException') {
    util.error(error.message, error.type);
  }
  // AppSync takes a missing record for a success without a result; a foreign one is an error.
  // One answer for both, so that ids stay secret.
  if (error || !result) util.unauthorized();
  return result;
}
