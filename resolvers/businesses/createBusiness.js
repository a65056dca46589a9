/** Mutation.createBusiness, on the Business table: adds another business with an id of its own. */
import { util } from '@aws-appsync/utils';
import { put } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ caller: { owner: string, groups: string[] }, changes: Record<string, string> }} Stash */
/** @typedef {{ id: string, owner: string, groupName: string, createdAt: string }} Business In part. */
/** @typedef {{ id?: { attributeExists?: boolean } }} Condition See the schema; only passed on. */
/** @typedef {import('@aws-appsync/utils').Context<{ condition?: Condition | null }, Stash>} Ctx */

/** @param {Ctx} ctx */
export function request(ctx) {
  const { caller, changes } = ctx.stash;
  const groupName = groupOf(caller.groups, ctx.env.ALLOWED_GROUPS);
  // A caller who is in none of the allowed groups has not been onboarded.
  if (!caller.owner || !groupName) util.unauthorized();
  const now = util.time.nowISO8601();
  const stamps = { __typename: 'Business', createdAt: now, updatedAt: now };
  /** @type {Partial<Business>} */
  const item = { owner: caller.owner, groupName, ...stamps, ...changes };
  const isNew = { id: { attributeExists: false } };
  const { condition } = ctx.args;
  return put({
    key: { id: util.autoId() },
    item,
    condition: condition && Object.keys(condition).length > 0 ? { and: [isNew, condition] } : isNew,
  });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  return ctx.result;
}

/**
 * The first allowed group that the caller is in.
 *
 * @param {string[]} groups
 * @param {string | undefined} allowedGroups Comma-separated; spaces around a name do not count.
 */
function groupOf(groups, allowedGroups) {
  const allowed = (allowedGroups ?? '').split(',').map((name) => name.trim());
  return allowed.find((name) => name !== '' && groups.indexOf(name) !== -1);
}
