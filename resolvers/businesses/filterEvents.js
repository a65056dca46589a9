/** Step of every subscription: works out which events the caller gets. */
import { util } from '@aws-appsync/utils';

/** @typedef {import('@aws-appsync/utils').SubscriptionFilter['filterGroup']} Groups */
/** @typedef {{ owner: string, seesAll: boolean }} Caller */
/** @typedef {Record<string, { eq?: string } | null>} Filter See the schema; only passed on. */
/** @typedef {{ filter?: Filter | null, owner?: string | null }} Args */
/** @typedef {import('@aws-appsync/utils').Context<Args, { caller: Caller, filterGroup: Groups }>} Ctx */

/** No service is called. */
export function request() {
  return { payload: null };
}

/**
 * Stashes groups of conditions; an event is sent if all conditions of one group hold. Each group
 * includes the condition on the owner, so that no filter of the client's can get around it.
 * https://docs.aws.amazon.com/appsync/latest/devguide/aws-appsync-real-time-enhanced-filtering.html
 *
 * @param {Ctx} ctx
 */
export function response(ctx) {
  const { caller } = ctx.stash;
  const { filter, owner } = ctx.args;
  if (owner && !caller.seesAll && owner !== caller.owner) util.unauthorized();
  const whose = conditionsOnOwner(caller, owner);
  const asked = groupsOf(filter ?? {});
  const groups = asked.length > 0 ? asked : [{ filters: [] }];
  ctx.stash.filterGroup = groups
    .map(({ filters }) => ({ filters: [...whose, ...filters] }))
    .filter(({ filters }) => filters.length > 0);
  return null;
}

/**
 * @param {Caller} caller
 * @param {string | null | undefined} owner The one that the client asked for.
 * @returns {Groups[number]['filters']}
 */
function conditionsOnOwner(caller, owner) {
  const wanted = caller.seesAll ? owner : caller.owner;
  if (wanted) return [{ fieldName: 'owner', operator: 'eq', value: wanted }];
  // Without a filter, AppSync compares the arguments, and null would match events without an owner.
  return owner === null ? [{ fieldName: 'owner', operator: 'ne', value: '' }] : [];
}

/**
 * @param {Filter} filter
 * @returns {Groups} Empty if the filter sets no condition.
 */
function groupsOf(filter) {
  /** @type {Filter} */
  const given = {};
  for (const name of Object.keys(filter)) {
    if (filter[name]) given[name] = filter[name];
  }
  if (Object.keys(given).length === 0) return [];
  const { filterGroup } = util.transform.toSubscriptionFilter(given);
  for (const { filters } of filterGroup) {
    for (const { fieldName, operator, value } of filters) {
      if ((value ?? null) === null) {
        util.error(`filter: ${fieldName} ${operator} needs a value.`, 'InvalidInput', null, { field: 'filter' });
      }
    }
  }
  return filterGroup;
}
