/** First step of every field on businesses: stashes who the caller is for the later steps. */
import { util } from '@aws-appsync/utils';

/**
 * @typedef {Object} Caller
 * @property {string} owner "sub::username", as in the records; '' for a signed (IAM) request.
 * @property {boolean} seesAll Whether other people's businesses are shown too.
 * @property {string[]} groups Of the user pool.
 */
/** @typedef {import('@aws-appsync/utils').AppSyncIdentityCognito} UserPoolIdentity */
/** @typedef {import('@aws-appsync/utils').AppSyncIdentityIAM} IamIdentity */
/** @typedef {import('@aws-appsync/utils').Context<{}, { caller: Caller }>} Ctx */

/** No service is called. */
export function request() {
  return { payload: null };
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const identity = /** @type {Partial<IamIdentity & UserPoolIdentity>} */ (ctx.identity ?? {});
  const { sub, username, userArn } = identity;
  const groups = identity.groups ?? [];
  if (sub && username) {
    ctx.stash.caller = {
      owner: `${sub}::${username}`,
      seesAll: isAdministrator(groups, ctx.env.ADMIN_GROUP_NAME),
      groups,
    };
  } else if (userArn && !sub) {
    // With IAM there is the caller's ARN, but no sub. The caller's policies must have allowed the
    // field, or AppSync would not have run this.
    ctx.stash.caller = { owner: '', seesAll: true, groups: [] };
  } else {
    util.unauthorized();
  }
  return null;
}

/**
 * @param {string[]} groups
 * @param {string | undefined} administrators The group's name; '' if there is none.
 */
function isAdministrator(groups, administrators) {
  return !!administrators && groups.indexOf(administrators) !== -1;
}
