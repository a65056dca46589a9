/**
 * Step 1 of Mutation.createBusinessInGroup, on Cognito over HTTP: makes sure that the username is
 * still that of the user with this sub. A username is free again once its user is deleted, and a
 * stranger who signs up with it must not be onboarded in the user's place. ListUsers would not do:
 * what it lists may be some seconds old.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html
 */
import { util } from '@aws-appsync/utils';

/** @typedef {{ sub: string, username: string }} Args */
/** @typedef {import('@aws-appsync/utils').HTTPResult} HTTPResult */
/** @typedef {import('@aws-appsync/utils').Context<Args, {}, undefined, undefined, HTTPResult>} Ctx */
/** @typedef {import('@aws-appsync/utils').AppSyncIdentityIAM} IamIdentity */
/** @typedef {{ UserPoolId: string | undefined, Username: string }} Question */
/** @typedef {{ Name: string, Value?: string }} Attribute */

/**
 * @param {Ctx} ctx
 * @returns {import('@aws-appsync/utils').HTTPRequest<Question>}
 */
export function request(ctx) {
  const { cognitoIdentityId } = /** @type {Partial<IamIdentity>} */ (ctx.identity ?? {});
  // A signed-in user or guest of an identity pool, whose role may be allowed too much.
  if (cognitoIdentityId) util.unauthorized();
  return {
    method: 'POST',
    resourcePath: '/',
    params: {
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AWSCognitoIdentityProviderService.AdminGetUser',
      },
      body: { UserPoolId: ctx.env.USER_POOL_ID, Username: ctx.args.username },
    },
  };
}

/** @param {Ctx} ctx */
export function response(ctx) {
  if (ctx.error) util.error(ctx.error.message, ctx.error.type);
  // AppSync passes a refusal by Cognito on as a result, not as ctx.error.
  const { statusCode, body } = ctx.result;
  if (statusCode !== 200) {
    const { type, message } = refusal(statusCode, body);
    util.error(message, type);
  }
  const sub = subOf(body);
  if (!sub) util.error('Cognito answered without a sub.', 'UnexpectedAnswer');
  if (sub !== ctx.args.sub) {
    util.error('This user is gone; the username belongs to somebody else now.', 'UsernameOfAnotherUser');
  }
  return true;
}

/**
 * The sub of the user in Cognito's answer. JSON.parse gives '' for invalid JSON in APPSYNC_JS.
 *
 * @param {string | null | undefined} body
 * @returns {string | undefined}
 */
function subOf(body) {
  /** @type {{ UserAttributes?: Attribute[] }} */
  const { UserAttributes } = JSON.parse(body ?? '') || {};
  return UserAttributes?.find(({ Name }) => Name === 'sub')?.Value;
}

/**
 * Cognito's own error type and message, or the HTTP status in place of one that the body lacks.
 * JSON.parse gives '' for invalid JSON in APPSYNC_JS.
 * https://docs.aws.amazon.com/appsync/latest/devguide/supported-features.html
 *
 * @param {number} statusCode
 * @param {string | null | undefined} body
 */
function refusal(statusCode, body) {
  /** @type {{ __type?: string, message?: string, Message?: string }} */
  const { __type, message, Message } = JSON.parse(body ?? '') || {};
  return {
    // The type can have a namespace in front: "com.amazonaws.cognito...#UserNotFoundException".
    type: (__type ?? '').split('#').pop() || `HttpStatus${statusCode}`,
    message: message || Message || `Cognito answered with HTTP status ${statusCode}.`,
  };
}
