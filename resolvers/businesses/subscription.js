/** Runs before and after the steps of a subscription: sets the filter that they worked out. */
import { extensions } from '@aws-appsync/utils';

/** @typedef {import('@aws-appsync/utils').SubscriptionFilter} Filter */
/** @typedef {import('@aws-appsync/utils').Context<{}, Filter>} Ctx */

export function request() {
  return {};
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { filterGroup } = ctx.stash;
  if (filterGroup.length > 0) extensions.setSubscriptionFilter({ filterGroup });
  return null;
}
