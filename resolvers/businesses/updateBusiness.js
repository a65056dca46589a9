/** Mutation.updateBusiness, on the Business table: changes a record of the caller's own. */
import { util } from '@aws-appsync/utils';
import { update } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ caller: { owner: string }, changes: Record<string, string> }} Stash */
/** @typedef {import('@aws-appsync/utils').Context<{ input: { id: string } }, Stash>} Ctx */

/** @param {Ctx} ctx */
export function request(ctx) {
  const { caller, changes } = ctx.stash;
  return update({
    key: { id: ctx.args.input.id },
    update: { ...changes, updatedAt: util.time.nowISO8601() },
    condition: { owner: { eq: caller.owner } },
  });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { error } = ctx;
  // The condition fails for a foreign record and for none: one answer, so that ids stay secret.
  if (error && error.type === 'DynamoDB:ConditionalCheckFailedException') util.unauthorized();
  if (error) util.error(error.message, error.type);
  return ctx.result;
}
