/** Runs before and after the steps of a field on businesses: returns the last step's result. */

/** @typedef {import('@aws-appsync/utils').Context<{}, {}, { result: unknown }>} Ctx */

export function request() {
  return {};
}

/** @param {Ctx} ctx */
export function response(ctx) {
  return ctx.prev.result;
}
