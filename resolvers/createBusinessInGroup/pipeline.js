/**
 * Mutation.createBusinessInGroup: checkUser, addUserToGroup, makeSearchKeys, createBusiness.
 * Answers true.
 */

/** @typedef {import('@aws-appsync/utils').Context<{}, {}, { result: boolean }>} Ctx */

/** All steps read the mutation's own arguments, so there is nothing to prepare. */
export function request() {
  return {};
}

/** @param {Ctx} ctx */
export function response(ctx) {
  return ctx.prev.result;
}
