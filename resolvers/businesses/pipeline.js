/** Around the steps of a field on businesses: the last step's result is the field's. */

/** @typedef {import('@aws-appsync/utils').Context<{}, {}, { result: unknown }>} Ctx */

export function request() {
  return {};
}

/** @param {Ctx} ctx */
export function response(ctx) {
  return ctx.prev.result;
}
