/** Query.getBusiness, a unit resolver on the Business table: one record, for its owner or IAM. */
import { util } from '@aws-appsync/utils';
import { get } from '@aws-appsync/utils/dynamodb';

/** @typedef {{ id: string, owner: string }} Business The attributes that this file decides by. */
/** @typedef {import('@aws-appsync/utils').Identity} Identity */
/** @typedef {import('@aws-appsync/utils').AppSyncIdentityCognito} UserPoolIdentity */
/** @typedef {import('@aws-appsync/utils').AppSyncIdentityIAM} IamIdentity */
/** @typedef {import('@aws-appsync/utils').Context<{ id: string }, {}, undefined, undefined, Business | null>} Ctx */

/** @param {Ctx} ctx */
export function request(ctx) {
  return get({ key: { id: ctx.args.id } });
}

/** @param {Ctx} ctx */
export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  const business = ctx.result;
  // One answer for "not yours" and "not there": otherwise anybody could try out ids.
  if (!isIam(ctx.identity) && !isOwner(ctx.identity, business)) util.unauthorized();
  return business;
}

/**
 * Whether the request was signed: IAM names the caller's ARN, and no sub.
 *
 * @param {Identity} identity
 */
function isIam(identity) {
  const caller = /** @type {Partial<IamIdentity & UserPoolIdentity>} */ (identity ?? {});
  return !!caller.userArn && !caller.sub;
}

/**
 * @param {Identity} identity
 * @param {Business | null} business
 */
function isOwner(identity, business) {
  const { sub, username } = /** @type {Partial<UserPoolIdentity>} */ (identity ?? {});
  return !!sub && business?.owner === `${sub}::${username}`;
}
