/** Mutation.createBusinessInGroup: addUserToGroup, then createBusiness. Answers true. */

/** @typedef {import('@aws-appsync/utils').Context<{}, {}, { result: boolean }>} Ctx */

/** Both steps read the mutation's own arguments, so there is nothing to prepare. */
export function request() {
  return {};
}

/** @param {Ctx} ctx */
export function response(ctx) {
  return ctx.prev.result;
}
