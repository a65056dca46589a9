/** Around the steps of a subscription: lets an owner's own events through, to others all. */
import { extensions, util } from '@aws-appsync/utils';

/** @typedef {{ eq?: string }} Condition Of which there are more; only handed on. */
/** @typedef {{ filter?: Record<string, Condition> | null, owner?: string | null }} Args */
/** @typedef {import('@aws-appsync/utils').Context<Args, { caller: { owner: string, seesAll: boolean } }>} Ctx */

export function request() {
  return {};
}

/**
 * The filter is asked of each event on the server.
 * https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-enhanced-filtering.html
 *
 * @param {Ctx} ctx
 */
export function response(ctx) {
  const { caller } = ctx.stash;
  const owner = caller.seesAll ? ctx.args.owner : caller.owner;
  if (ctx.args.owner && ctx.args.owner !== owner) util.unauthorized();
  const filter = { ...(ctx.args.filter ?? {}), ...(owner ? { owner: { eq: owner } } : {}) };
  if (Object.keys(filter).length > 0) {
    extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter(filter));
  }
  return null;
}
