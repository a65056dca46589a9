/**
 * Mutation.deleteBusiness, on the Business table: removes the record that the step before found the
 * caller to be allowed, and counts it off in the same transaction.
 */
import { util } from '@aws-appsync/utils';

/** @typedef {{ owner?: { eq?: string } }} Condition See the schema; only passed on. */
/** @typedef {{ condition?: Condition | null, input: { id: string } }} Args */
/** @typedef {{ result: { owner?: string } | null }} Prev The record, as getBusiness.js answers it. */
/** @typedef {import('@aws-appsync/utils').Context<Args, {}, Prev>} Ctx */

/** @param {Ctx} ctx */
export function request(ctx) {
  const business = ctx.prev.result;
  if (!business) util.unauthorized();
  const { id } = ctx.args.input;
  const { BUSINESS_TABLE: table } = ctx.env;
  const isThere = { id: { eq: id } };
  const removal = {
    table,
    operation: 'DeleteItem',
    key: util.dynamodb.toMapValues({ id }),
    condition: JSON.parse(
      util.transform.toDynamoDBConditionExpression({
        and: isConditional(ctx) ? [isThere, ctx.args.condition] : [isThere],
      }),
    ),
  };
  const count = {
    table,
    operation: 'UpdateItem',
    // The count of who had businesses before there was one falls below 0, by these at most.
    key: util.dynamodb.toMapValues({ id: `count#${business.owner}` }),
    update: { expression: 'ADD #n :one', expressionNames: { '#n': 'further' }, expressionValues: util.dynamodb.toMapValues({ ':one': -1 }) },
  };
  return { operation: 'TransactWriteItems', transactItems: business.owner ? [removal, count] : [removal] };
}

/** @param {Ctx} ctx */
export function response(ctx) {
  const { error } = ctx;
  if (error) {
    // DynamoDB's message ends with the reason for each write: "... [ConditionalCheckFailed, None]".
    if (error.message.indexOf('[ConditionalCheckFailed') === -1) util.error(error.message, error.type);
    // What is gone meanwhile gets the answer of what was never there.
    if (!isConditional(ctx)) util.unauthorized();
    util.error('The conditional request failed', 'DynamoDB:ConditionalCheckFailedException');
  }
  return ctx.prev.result;
}

/**
 * Whether the caller set a condition.
 *
 * @param {Ctx} ctx
 */
function isConditional(ctx) {
  return Object.keys(ctx.args.condition ?? {}).length > 0;
}
